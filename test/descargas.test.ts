import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { abrirWeb, crearNora, crearUsuario, type Visitante, type Web } from './apoyo/web.ts';

/** Descargas que no caben de una: con muchas pausas para que quien baja alcance. */
const RENGLONES = 8000;
let web: Web;
let admin: Visitante;
const avisos: Error[] = [];
const apuntar = (aviso: Error) => void avisos.push(aviso);

before(async () => {
  process.on('warning', apuntar);
  web = await abrirWeb({ NORA_DEMO: '0' });
  await crearNora(web.ctx, 'grande', ['chat']);
  await web.ctx.bd.pool.query(
    `insert into auditoria (accion, entidad, nombre_nora, antes, despues)
     select 'guardar', 'prueba ' || i, 'grande', to_jsonb(repeat('a', 500)), to_jsonb(repeat('ñ', 500)) from generate_series(1, $1::int) i`,
    [RENGLONES],
  );
  await crearUsuario(web.ctx, { correo: 'admin@x.mx', rol: 'admin' });
  admin = web.visitante();
  await admin.entrar('admin@x.mx');
});
after(async () => {
  process.off('warning', apuntar);
  await web.cerrar();
});

test('una nora con mucho se exporta completa', async () => {
  const r = await admin.get('/admin/noras/grande/exportacion');
  const lineas = r.texto.trim().split('\n');
  const deAuditoria = lineas.filter((l) => l.startsWith('{"tabla":"auditoria"'));
  assert.ok(deAuditoria.length >= RENGLONES, String(deAuditoria.length));
  const fin = JSON.parse(lineas.at(-1) ?? '{}') as { fin?: { filas: number } };
  assert.equal(fin.fin?.filas, lineas.filter((l) => l.startsWith('{"tabla"')).length);
  assert.deepEqual(avisos, [], 'Node no avisa de oyentes que se juntan');
});

test('un CSV largo y comprimido llega completo', async () => {
  const { texto } = await admin.get('/admin/auditoria/csv?nora=grande&q=prueba');
  assert.equal(texto.trim().split('\r\n').length, RENGLONES + 1);
  assert.deepEqual(avisos, []);
});

test('un aviso de Node que viene como error no tira nada', async () => {
  const esperado = once(process, 'warning') as Promise<[Error]>;
  process.emitWarning(Object.assign(new Error('algo obsoleto'), { name: 'DeprecationWarning', code: 'P1' }));
  const [aviso] = await esperado;
  assert.equal(aviso.message, 'algo obsoleto');
  assert.equal(aviso.name, 'DeprecationWarning');
});
