import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { entregarPendientes } from '../src/ads/reportes/entregar.ts';
import { ticReportes } from '../src/ads/reportes/tic.ts';
import { variablesDe } from '../src/ads/reportes/variables_plantilla.ts';
import { azarDe, sembrarAds } from './apoyo/ads.ts';
import { abrirNora, ANA, AURA, type NoraDePrueba, sembrarNoras } from './apoyo/nora.ts';
import { hasta } from './apoyo/web.ts';

const LUNES = new Date('2026-11-09T17:00:00Z');
let nora: NoraDePrueba;
let cuenta: string;

before(async () => {
  nora = await abrirNora();
  await sembrarNoras(nora, { modulos: ['chat', 'contactos', 'ads'] });
  ({ cuenta } = await sembrarAds(
    nora.sql,
    'aura',
    { desde: '2026-10-20', hasta: '2026-11-08' },
    { azar: azarDe(4) },
  ));
  for (const [nombre, destino] of [
    ['Ana', ANA],
    ['Lejos', '+526621117777'],
  ] as const)
    await nora.sql(
      `insert into meta_ads_receptores (nombre_nora, cuenta_id, nombre, quien, canal, destino, cadencias, baja_huella) values ('aura', $1, $2, 'cliente', 'whatsapp', $3, array['semanal'], md5($3) || md5($2))`,
      [cuenta, nombre, destino],
    );
});
after(() => nora.cerrar());

test('dentro de las 24 horas llega con su PDF; fuera y sin plantilla no sale y dice por qué', async () => {
  await nora.escribir({ para: AURA, cuerpo: 'Hola' });
  await nora.reposo();
  await ticReportes(nora.ctx, LUNES);
  await entregarPendientes(nora.ctx);
  // El tic ya lo encargó a la cola: puede llevarlo cualquiera de los dos carteros.
  await hasta(
    async () =>
      (await nora.sql("select from meta_ads_entregas where estado in ('pendiente', 'enviando')")).length ===
      0,
    20_000,
  );
  await nora.reposo(20_000);
  const salidos = await nora.sql<{ estado: string; mensaje: string; autor: string; tipo: string }>(
    "select h.estado, h.mensaje, h.autor, a.tipo from historial_conversaciones h join adjuntos a on a.historial_id = h.id where h.clave_cliente like 'reporte:%'",
  );
  assert.equal(salidos.length, 1);
  assert.ok(['enviado', 'entregado', 'leido'].includes(salidos[0]?.estado ?? ''), String(salidos[0]?.estado));
  assert.equal(salidos[0]?.tipo, 'application/pdf');
  assert.match(
    salidos[0]?.mensaje ?? '',
    /Reporte semanal · Cuenta de aura[\s\S]*\/reportes\/[\w-]{43}[\s\S]*No quiero recibir más este reporte: http\S+\/reportes\/baja\/[\w-]{43}$/,
  );
  const entregas = await nora.sql<{ nombre: string; estado: string; motivo: string | null }>(
    'select nombre, estado, motivo from meta_ads_entregas order by nombre',
  );
  assert.deepEqual(
    entregas.map((e) => [e.nombre, e.estado]),
    [
      ['Ana', 'en_fila'],
      ['Lejos', 'rebotado'],
    ],
  );
  assert.match(entregas[1]?.motivo ?? '', /hace falta una plantilla aprobada/);
});

test('fuera de las 24 horas sale por su plantilla aprobada, con sus datos en orden', async () => {
  const [plantilla] = await nora.sql<{ id: string }>(
    `insert into plantillas_whatsapp (nombre_nora, content_sid, nombre, tipo, cuerpo, contenido, variables, estado)
     values ('aura', 'HX' || repeat('a', 32), 'reporte_semanal', 'twilio/media', 'Hola {{1}}, {{2}} del {{3}}: {{4}}', '{"twilio/media": {"body": "Hola {{1}}, {{2}} del {{3}}: {{4}}", "media": ["{{5}}"]}}', array['1','2','3','4','5'], 'approved') returning id`,
  );
  await nora.sql("update meta_ads_receptores set plantilla_id = $1 where nombre = 'Lejos'", [plantilla?.id]);
  await nora.sql('delete from meta_ads_reportes');
  await ticReportes(nora.ctx, LUNES);
  await hasta(
    async () =>
      (await nora.sql("select from meta_ads_entregas where nombre = 'Lejos' and estado = 'en_fila'"))
        .length === 1,
    20_000,
  );
  const [h] = await nora.sql<{ mensaje: string; plantilla: { variables: Record<string, string> } }>(
    "select h.mensaje, h.plantilla from historial_conversaciones h join meta_ads_entregas e on e.historial_id = h.id where e.nombre = 'Lejos'",
  );
  assert.match(h?.mensaje ?? '', /^Hola Lejos, Cuenta de aura del 2.8 de noviembre de 2026: \$[\d,.]+$/);
  assert.equal(h?.plantilla.variables['1'], 'Lejos');
  // WhatsApp baja el archivo para adjuntarlo: eso no es que la persona lo haya leído.
  const pdf = h?.plantilla.variables['5'] ?? '';
  assert.match(pdf, /\/reportes\/[\w-]{43}\/reporte\.pdf\?idioma=es$/);
  assert.equal((await fetch(new URL(new URL(pdf).pathname, nora.url))).status, 200);
  const [leida] = await nora.sql("select leido_en from meta_ads_entregas where nombre = 'Lejos'");
  assert.deepEqual(leida, { leido_en: null });
  // Y como por plantilla el PDF guardado no va, no queda un archivo que ninguna fila nombra.
  const dir = join(nora.ctx.config.datosDir, 'adjuntos');
  const guardados = () =>
    readdirSync(dir, { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
  const filas = await nora.sql('select from adjuntos where ruta is not null');
  await hasta(() => guardados().length === filas.length, 5000);
});

test('con la nora suspendida o los anuncios apagados las entregas esperan, y salen al volver', async () => {
  await nora.sql('delete from meta_ads_reportes');
  const porSalir = async (): Promise<number> =>
    (await nora.sql("select from meta_ads_entregas where estado = 'pendiente'")).length;
  const cierres = [
    [
      "update configuracion_bot set activo = false where nombre_nora = 'aura'",
      "update configuracion_bot set activo = true where nombre_nora = 'aura'",
    ],
    ["select cambiar_modulo('aura', 'ads', false, null)", "select cambiar_modulo('aura', 'ads', true, null)"],
  ] as const;
  await ticReportes(nora.ctx, LUNES);
  await hasta(async () => (await porSalir()) === 0, 20_000);
  for (const [cerrar, abrir] of cierres) {
    await nora.sql(cerrar);
    await nora.sql("update meta_ads_entregas set estado = 'pendiente', vence = now(), historial_id = null");
    await nora.sql("delete from historial_conversaciones where clave_cliente like 'reporte:%'");
    const antes = await porSalir();
    assert.ok(antes > 0);
    await entregarPendientes(nora.ctx);
    assert.equal(await porSalir(), antes);
    await nora.sql(abrir);
    await entregarPendientes(nora.ctx);
    assert.equal(await porSalir(), 0);
  }
});

test('la variable del archivo recibe el PDF sin el dominio que la plantilla ya trae', () => {
  const valores = variablesDe(
    {
      contenido: { 'twilio/media': { body: 'Hola {{1}}', media: ['https://nora.mx/{{2}}'] } },
      variables: ['1', '2'],
    },
    {
      nombre: 'Luz  María',
      cuenta: 'c',
      periodo: 'p',
      gasto: 'g',
      conversaciones: 'n',
      liga: 'https://nora.mx/reportes/x',
      baja: 'https://nora.mx/reportes/baja/x',
      pdf: 'https://nora.mx/reportes/x/reporte.pdf?idioma=es',
    },
  );
  assert.deepEqual(valores, { '1': 'Luz María', '2': 'reportes/x/reporte.pdf?idioma=es' });
});
