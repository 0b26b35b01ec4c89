import { writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { AxeBuilder } from '@axe-core/playwright';
import { abrirWeb, crearNora, crearUsuario, CLAVE } from './apoyo/web.ts';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { prepararBase } from './apoyo/base.ts';
import { crearContexto } from '../src/contexto.ts';
import { crearApp } from '../src/app.ts';
import { crearSesiones } from '../src/web/sesiones.ts';
import { montarSockets } from '../src/tiempo_real/sockets.ts';
import { arrancarTrabajadores } from '../src/trabajos/trabajadores.ts';
const base = await prepararBase({NIVEL_LOG:'warn'});
const ctx = await crearContexto(base.config);
const http = createServer().listen(0,'127.0.0.1'); await once(http,'listening');
const web = { url: `http://127.0.0.1:${(http.address() as any).port}` };
{ const p0 = (http.address() as any).port; Object.assign(ctx.config, { puerto: p0, urlPublica: `http://localhost:${p0}` }); }
const sesiones = crearSesiones(ctx);
http.on('request', crearApp(ctx, { sesiones }));
await montarSockets(ctx, http, sesiones);
const trab = await arrancarTrabajadores(ctx);

const puerto = Number(new URL(web.url).port);
Object.assign(ctx.config, { puerto, urlPublica: `http://localhost:${puerto}` });
for (const [n, num] of [['aura', '+5216621234567'], ['demo', '+5216627654321'], ['sinnum', null]] as const) {
  await crearNora(ctx, n);
  await ctx.bd.servicio.from('configuracion_bot').update({ numero_nora: num, nombre_visible: n === 'aura' ? 'Estudio Aura' : n }).eq('nombre_nora', n).throwOnError();
  await ctx.registro.refrescar(n);
}
await crearUsuario(ctx, { correo: 'mariana@prueba.mx', noras: { aura: 'dueno', demo: 'agente' } });
const nav = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const errores: string[] = [];
async function toma(nombre: string, opciones: object, hacer?: (p: any) => Promise<void>) {
  const c = await nav.newContext(opciones);
  const p = await c.newPage();
  p.on('console', (m) => { if (['error', 'warning'].includes(m.type())) errores.push(nombre + ' ' + m.text()); });
  p.on('pageerror', (e) => errores.push(nombre + ' ' + e.message));
  await p.goto(web.url.replace('127.0.0.1', 'localhost') + '/login');
  await p.fill('[name=correo]', 'mariana@prueba.mx');
  await p.fill('[name=clave]', CLAVE);
  await Promise.all([p.waitForURL((u) => !u.pathname.includes('login')), p.press('[name=clave]', 'Enter')]);
  await p.goto(web.url.replace('127.0.0.1', 'localhost') + '/simulador?nora=aura');
  if (hacer) await hacer(p);
  await p.waitForTimeout(300);
  await p.screenshot({ path: `/tmp/sim_${nombre}.png` });
  const axe = await new AxeBuilder({ page: p }).analyze();
  for (const v of axe.violations) errores.push(`${nombre} axe ${v.id}: ${v.nodes.map((n) => n.target + ' ' + n.failureSummary).slice(0, 3).join(' | ')}`);
  await c.close();
}
await toma('vacio', { viewport: { width: 1360, height: 860 } });
await toma('escritorio', { viewport: { width: 1360, height: 860 } }, async (p) => {
  await p.fill('#sim-nombre', 'Lucía Robles');
  await p.click('text=¿Cuánto cuesta un corte?');
  await p.waitForTimeout(600);
  await ctx.whatsapp.enviar({ credenciales: null, de: '+5216621234567', para: '+5216625550123', texto: '¡Hola, Lucía! El corte de dama cuesta $350 e incluye lavado y secado. ¿Qué día te queda mejor?', urlEstado: `${ctx.config.urlPublica}/webhook/estado?m=00000000-0000-4000-8000-000000000000` });
  await p.click('text=Tres mensajes seguidos');
  await p.waitForTimeout(1500);
  await p.fill('[data-texto]', 'Va, ¿el sábado a las 11?');
  await p.press('[data-texto]', 'Enter');
  await p.setInputFiles('#sim-foto', { name: 'uñas.png', mimeType: 'image/png', buffer: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC', 'base64') });
  await p.waitForTimeout(2600);
});
await toma('oscuro', { viewport: { width: 1360, height: 860 }, colorScheme: 'dark' });
await toma('movil', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
await toma('movil_oscuro', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: 'dark' }, async (p) => { await p.click('.simulador__quien > summary'); });
console.log(errores.join('\n') || 'sin errores');
await nav.close();

process.exit(0);
