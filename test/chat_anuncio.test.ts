import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mover } from '../src/ads/periodos.ts';
import { claveDia } from '../src/web/fechas.ts';
import { sembrarAds } from './apoyo/ads.ts';
import { abrirWeb, crearUsuario, type Visitante, type Web, dosVecinas, entrarComo } from './apoyo/web.ts';

const HTML = { accept: 'text/html' };
const HOY = claveDia(new Date(), 'America/Hermosillo');
let web: Web;
let ana: Visitante;
let dora: Visitante;
let agente: Visitante;
let cuenta: string;
const sql = async (texto: string, valores: unknown[] = []) =>
  (await web.ctx.bd.pool.query(texto, valores)).rows as Record<string, string>[];

before(async () => {
  web = await abrirWeb();
  ({ ana, dora } = await dosVecinas(web, ['chat', 'ads']));
  await crearUsuario(web.ctx, { correo: 'agente@aura.mx', noras: { aura: 'agente' } });
  agente = await entrarComo(web, 'agente@aura.mx');
  ({ cuenta } = await sembrarAds(sql, 'aura', { desde: mover(HOY, -3), hasta: mover(HOY, -1) }));
  await sql(
    `update meta_ads_anuncios set miniatura = 'https://scontent.fbcdn.net/a.jpg' where cuenta_id = $1`,
    [cuenta],
  );
});
after(() => web.cerrar());

/** Una persona con un mensaje por cada referido, en orden. Devuelve la ruta de su chat. */
async function llega(nora: string, telefono: string, ...referidos: (object | null)[]): Promise<string> {
  const [k] = await sql(
    `insert into contactos (nombre_nora, telefono, nombre) values ($1, $2, 'Luz') returning id`,
    [nora, telefono],
  );
  for (const [i, r] of referidos.entries())
    await sql(
      `insert into historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, autor, estado, fecha_hora, referido) values ($1, $2, $3, 'hola', 'usuario', 'contacto', 'recibido', now() - make_interval(days => $4), $5)`,
      [nora, k?.['id'], telefono, referidos.length - i, r && JSON.stringify(r)],
    );
  return `/panel_cliente/${nora}/chat/${k?.['id']}`;
}

test('la ficha dice el último anuncio por el que llegó, con su campaña; sólo la dueña lo abre', async () => {
  const ruta = await llega(
    'aura',
    '+526621110001',
    { ReferralSourceId: 'a21', ReferralHeadline: 'Primero' },
    null,
    { ReferralSourceId: 'a12', ReferralHeadline: 'Gelish en $199' },
    null,
  );
  const suya = (await ana.get(ruta, HTML)).texto;
  assert.match(suya, /Anuncio 12[\s\S]*«Gelish en \$199»[\s\S]*Campaña 1/);
  const [, liga = ''] = /href="([^"]*\/ads\/anuncios\/a12\?cuenta=[^"]*)"/.exec(suya) ?? [];
  assert.equal((await ana.get(liga, HTML)).estado, 200);
  assert.match(suya, /src="\/panel_cliente\/aura\/ads\/miniaturas\/a12"/);
  assert.doesNotMatch(suya, /fbcdn/);
  const ajena = (await agente.get(ruta, HTML)).texto;
  assert.match(ajena, /Anuncio 12/);
  assert.doesNotMatch(ajena, /\/ads\//);
});

test('de un anuncio que no está en nuestras tablas se dice el titular del mensaje', async () => {
  const conTitular = await llega('aura', '+526621110002', {
    ReferralSourceId: 'otro',
    ReferralHeadline: '<b>Color de otoño</b>',
  });
  const { texto } = await ana.get(conTitular, HTML);
  assert.match(texto, /Llegó por un anuncio[\s\S]*&lt;b&gt;Color de otoño/);
  assert.doesNotMatch(texto, /ads\/anuncios/);
  const sinNada = await llega('aura', '+526621110003', { ReferralSourceUrl: 'https://fb.me/x' });
  assert.match((await ana.get(sinNada, HTML)).texto, /Llegó por un anuncio[\s\S]*Un anuncio/);
});

test('el mismo número de anuncio en otra nora no trae el nombre ni la campaña de la primera', async () => {
  const ruta = await llega('demo', '+526621110004', {
    ReferralSourceId: 'a12',
    ReferralHeadline: 'Cemento',
  });
  const { texto } = await dora.get(ruta, HTML);
  assert.match(texto, /Llegó por un anuncio[\s\S]*Cemento/);
  assert.doesNotMatch(texto, /Anuncio 12|Campaña 1|ads\/anuncios/);
});

test('quien no llegó por un anuncio no tiene esa tarjeta', async () => {
  const ruta = await llega('aura', '+526621110005', null);
  assert.doesNotMatch((await ana.get(ruta, HTML)).texto, /Llegó por un anuncio/);
});
