import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { entregarPendientes } from '../src/ads/reportes/entregar.ts';
import { ticReportes } from '../src/ads/reportes/tic.ts';
import { azarDe, sembrarAds } from './apoyo/ads.ts';
import { abrirWeb, crearUsuario, type Visitante, type Web, dosVecinas, entrarComo } from './apoyo/web.ts';

/** Lunes 9 de noviembre de 2026, 10:00 en Hermosillo. */
const LUNES = new Date('2026-11-09T17:00:00Z');
const AURA = '/panel_cliente/aura/ads';
const DEMO = '/panel_cliente/demo/ads';
let web: Web;
let smtp: SMTPServer;
let ana: Visitante;
let dora: Visitante;
let agente: Visitante;
const cuentas: Record<string, string> = {};
const receptores: Record<string, string> = {};
const cartas: { para: string; asunto: string }[] = [];
const sql = async <T extends object = Record<string, string>>(texto: string, valores?: unknown[]) =>
  (await web.ctx.bd.pool.query(texto, valores)).rows as T[];

before(async () => {
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(flujo, sesion, listo) {
      let crudo = '';
      flujo.on('data', (b: Buffer) => (crudo += b.toString('latin1')));
      flujo.on('end', () => {
        cartas.push({
          para: sesion.envelope.rcptTo[0]?.address ?? '',
          asunto: /^Subject: ((?:.*\r\n[ \t])*.*)/m.exec(crudo)?.[1] ?? '',
        });
        listo();
      });
    },
  });
  smtp.listen(0, '127.0.0.1');
  await once(smtp.server, 'listening');
  const { port } = smtp.server.address() as AddressInfo;
  web = await abrirWeb({ SMTP_URL: `smtp://127.0.0.1:${port}`, CORREO_REMITENTE: 'Nora <nora@nora.test>' });
  ({ ana, dora } = await dosVecinas(web, ['chat', 'ads']));
  await crearUsuario(web.ctx, { correo: 'agente@aura.mx', noras: { aura: 'agente' } });
  agente = await entrarComo(web, 'agente@aura.mx');
  for (const [nora, quien, base] of [
    ['aura', ana, AURA],
    ['demo', dora, DEMO],
  ] as const) {
    const s = await sembrarAds(
      sql,
      nora,
      { desde: '2026-10-20', hasta: '2026-11-08' },
      { azar: azarDe(nora.length), act: `act_${nora}` },
    );
    cuentas[nora] = s.cuenta;
    for (const nombre of ['uno', 'dos']) {
      const r = await quien.post(`${base}/receptores`, {
        cuenta: s.cuenta,
        nombre,
        quien: nombre === 'uno' ? 'cliente' : 'ambos',
        canal: 'correo',
        destino: `${nombre}@${nora}.mx`,
        semanal: 'si',
        idioma: 'es',
      });
      assert.equal(r.estado, 201, r.texto);
      receptores[`${nombre}@${nora}`] = String(r.json['id']);
    }
  }
});
after(async () => {
  await web.cerrar();
  await new Promise<void>((listo) => smtp.close(() => listo()));
});

const reporteDe = async (nora: string): Promise<string> =>
  (await sql('select id from meta_ads_reportes where nombre_nora = $1', [nora]))[0]?.['id'] ?? '';

describe('envío de prueba', () => {
  test('sin reporte hecho se dice; con uno, llega sólo a esa persona y no cuenta como entrega', async () => {
    const ruta = `${AURA}/receptores/${receptores['uno@aura']}/prueba`;
    assert.equal((await ana.post(ruta)).estado, 409);
    await ticReportes(web.ctx, LUNES);
    await entregarPendientes(web.ctx);
    assert.match(
      (await ana.get(`${AURA}/receptores`, { accept: 'text/html' })).texto,
      /Los dos: cliente y cliente final/,
    );
    assert.deepEqual(cartas.map((c) => c.para).toSorted(), [
      'dos@aura.mx',
      'dos@demo.mx',
      'uno@aura.mx',
      'uno@demo.mx',
    ]);
    cartas.length = 0;
    for (let i = 0; i < 2; i++) {
      assert.equal((await ana.post(ruta)).estado, 200);
      await entregarPendientes(web.ctx);
    }
    assert.deepEqual(
      cartas.map((c) => c.para),
      ['uno@aura.mx', 'uno@aura.mx'],
    );
    assert.ok(
      cartas.every((c) => /prueba/i.test(c.asunto)),
      cartas[0]?.asunto ?? 'ninguna carta',
    );
    const pruebas = await sql(
      `select estado, vuelta::text from meta_ads_entregas where prueba and nombre_nora = 'aura' order by vuelta`,
    );
    assert.deepEqual(pruebas, [
      { estado: 'enviado', vuelta: '1' },
      { estado: 'enviado', vuelta: '2' },
    ]);
    const { json } = await ana.get(`${AURA}/reportes`);
    assert.deepEqual((json['reportes'] as { entregas: object }[])[0]?.entregas, { enviado: 2 });
  });

  test('a quien se dio de baja no se le manda ni de prueba', async () => {
    const id = receptores['dos@aura'];
    await sql('update meta_ads_receptores set baja_en = now(), activo = false where id = $1', [id]);
    cartas.length = 0;
    assert.equal((await ana.post(`${AURA}/receptores/${id}/prueba`)).estado, 409);
    await entregarPendientes(web.ctx);
    assert.deepEqual(cartas, []);
  });
});

describe('el muro en reportes y receptores', () => {
  const foto = () =>
    sql(`select md5(string_agg(t, '|' order by t)) h from (
      select r::text t from meta_ads_reportes r where nombre_nora = 'aura' union all select e::text from meta_ads_receptores e where nombre_nora = 'aura'
      union all select e::text from meta_ads_entregas e where nombre_nora = 'aura' union all select a::text from meta_ads_ajustes a where nombre_nora = 'aura') z`);

  test('la dueña de otra nora recibe 404 en todo, desde su panel y desde el ajeno, y nada cambia', async () => {
    const [r, e] = [await reporteDe('aura'), receptores['uno@aura'] ?? ''];
    const antes = await foto();
    const receptor = { nombre: 'x', quien: 'cliente', canal: 'correo', destino: 'x@x.mx', semanal: 'si' };
    for (const base of [AURA, DEMO]) {
      for (const ruta of ['', '/reporte.pdf', '/reporte.csv'])
        assert.equal((await dora.get(`${base}/reportes/${r}${ruta}`)).estado, 404, base + ruta);
      for (const ruta of [
        `reportes/${r}/aprobacion`,
        `reportes/${r}/liga`,
        `reportes/${r}/reenvio`,
        `receptores/${e}/prueba`,
        `receptores/${e}`,
      ])
        assert.equal(
          (await dora.post(`${base}/${ruta}`, { ...receptor, cuenta: cuentas['demo'] ?? '', receptor: e }))
            .estado,
          404,
          `${base}/${ruta}`,
        );
      assert.equal((await dora.borrar(`${base}/reportes/${r}/liga`)).estado, 404);
      assert.equal((await dora.borrar(`${base}/receptores/${e}`)).estado, 404);
    }
    // Con su propia dirección y la cuenta o el receptor de la otra.
    const ajena = cuentas['aura'] ?? '';
    assert.equal((await dora.post(`${DEMO}/receptores`, { ...receptor, cuenta: ajena })).estado, 404);
    assert.equal(
      (await dora.post(`${DEMO}/receptores/ajustes`, { cuenta: ajena, revision: 'si' })).estado,
      404,
    );
    assert.equal((await dora.post(`${DEMO}/reportes`, { cuenta: ajena, cadencia: 'semanal' })).estado, 404);
    assert.equal(
      (await dora.post(`${DEMO}/reportes/${await reporteDe('demo')}/reenvio`, { receptor: e })).estado,
      404,
    );
    for (const ruta of ['reportes', 'receptores']) {
      const { texto } = await dora.get(`${DEMO}/${ruta}`);
      assert.doesNotMatch(texto, /aura/, ruta);
    }
    assert.deepEqual(await foto(), antes);
  });

  test('un agente de la misma nora no tiene ni reportes ni receptores', async () => {
    const r = await reporteDe('aura');
    for (const ruta of ['reportes', `reportes/${r}`, `reportes/${r}/reporte.pdf`, 'receptores', 'cambios'])
      assert.equal((await agente.get(`${AURA}/${ruta}`)).estado, 404, ruta);
    assert.equal((await agente.post(`${AURA}/receptores/${receptores['uno@aura']}/prueba`)).estado, 404);
  });
});
