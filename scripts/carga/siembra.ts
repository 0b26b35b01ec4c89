import type pg from 'pg';
import type { Banco } from './banco.ts';
import { numeroDeNora } from './mensajes.ts';

/** La nora con cien mil contactos y un millón de mensajes. */
export const GRANDE = 'grande';

const MODULOS = ['chat', 'contactos', 'etiquetas', 'ia', 'respuestas', 'conocimiento'];

/** Noras `carga-0`, `carga-1`…, cada una con su número y sus módulos, sin disparadores: diez mil en un segundo. */
export async function sembrarNoras(banco: Banco, cuantas: number): Promise<void> {
  await banco.enUna(async (c) => {
    await c.query('begin; set local session_replication_role = replica');
    await c.query(
      `insert into configuracion_bot (nombre_nora, nombre_visible, numero_nora)
       select 'carga-' || i, 'Nora de carga ' || i, '+52662' || (1000000 + i) from generate_series(0, $1::int - 1) i`,
      [cuantas],
    );
    await c.query(
      `insert into modulos_disponibles (nombre_nora, modulo, activo)
       select c.nombre_nora, m, m = any ($1) from configuracion_bot c cross join unnest(interno.claves_modulos()) m`,
      [MODULOS],
    );
    await c.query('commit');
    await c.query('analyze configuracion_bot, modulos_disponibles');
  });
}

/** Cien mil contactos con diez mensajes cada uno, repartidos en noventa días. */
export async function sembrarGrande(banco: Banco, contactos: number): Promise<void> {
  await banco.enUna(async (c) => {
    await c.query(
      `set session_replication_role = replica; set synchronous_commit = off; set maintenance_work_mem = '512MB'; set work_mem = '64MB'`,
    );
    await sembrarNoraGrande(c);
    await sinIndices(c, 'contactos', () => c.query(SQL_CONTACTOS, [GRANDE, contactos]));
    await c.query('create temp table frases (n int primary key, frase text)');
    await c.query('insert into frases select o - 1, f from unnest($1::text[]) with ordinality t(f, o)', [
      hacerFrases(),
    ]);
    await c.query('analyze frases');
    await sinIndices(c, 'historial_conversaciones', () => c.query(SQL_MENSAJES, [GRANDE]));
    await c.query(SQL_RESPUESTAS, [GRANDE]);
    await c.query('set session_replication_role = origin');
    await c.query(`select public.cerrar_dias('', 1000)`);
    await c.query('vacuum analyze');
    await c.query('checkpoint');
  });
}

/** Lo que hay en la nora grande, para el nombre de cada renglón: con `--contactos` no son los de siempre. */
export async function tamanoDeLaGrande(banco: Banco): Promise<{ contactos: string; mensajes: string }> {
  const [n] = await banco.sql<{ contactos: number; mensajes: number }>(
    `select (select count(*)::int from contactos where nombre_nora = $1) contactos,
            (select count(*)::int from historial_conversaciones where nombre_nora = $1) mensajes`,
    [GRANDE],
  );
  const escribir = (x = 0): string => x.toLocaleString('es-MX');
  return { contactos: escribir(n?.contactos), mensajes: escribir(n?.mensajes) };
}

async function sembrarNoraGrande(c: pg.Client): Promise<void> {
  await c.query(
    `insert into configuracion_bot (nombre_nora, nombre_visible, numero_nora, personalidad) values ($1, 'La nora grande', $2, 'Amable')`,
    [GRANDE, numeroDeNora(500_000)],
  );
  await c.query(
    `insert into modulos_disponibles (nombre_nora, modulo, activo) select $1, m, m = any ($2) from unnest(interno.claves_modulos()) m`,
    [GRANDE, MODULOS],
  );
  await c.query(
    `insert into etiquetas (nombre_nora, nombre, color) select $1, e, 'azul' from unnest(array['cliente', 'proveedor', 'vip', 'moroso']) e`,
    [GRANDE],
  );
}

/** Un millón de filas entran varias veces más rápido si los índices se hacen al final. */
async function sinIndices(c: pg.Client, tabla: string, llenar: () => Promise<unknown>): Promise<void> {
  const { rows } = await c.query<{ nombre: string; definicion: string }>(
    `select indexrelid::regclass::text nombre, pg_get_indexdef(indexrelid) definicion from pg_index i
      where indrelid = $1::regclass and not exists (select from pg_constraint k where k.conindid = i.indexrelid)`,
    [`public.${tabla}`],
  );
  for (const { nombre } of rows) await c.query(`drop index ${nombre}`);
  await llenar();
  for (const { definicion } of rows) await c.query(definicion);
}

const SQL_CONTACTOS = `
insert into contactos (nombre_nora, telefono, nombre, correo, empresa, etiquetas, mensaje_reciente, reciente_autor, ultimo_mensaje, no_leidos, espera_humano_desde, epoca, epoca_resuelta, ventana_hasta, created_at)
select $1, '+52644' || (1000000 + i),
       (array['María','José','Lupita','Juan','Ana','Luis','Fernanda','Carlos','Sofía','Miguel','Paola','Jorge'])[1 + i % 12] || ' ' ||
       (array['López','García','Hernández','Martínez','Valenzuela','Robles','Soto','Ochoa','Bojórquez','Félix'])[1 + (i / 12) % 10] || ' ' || chr(65 + i % 26) || (i % 997),
       case when i % 3 = 0 then 'persona' || i || '@correo.mx' end, case when i % 7 = 0 then 'Comercial ' || (i % 500) end,
       case when i % 5 = 0 then array[(array['cliente','proveedor','vip','moroso'])[1 + i % 4]] else '{}' end,
       'Perfecto, ahí nos vemos', case when i % 2 = 0 then 'contacto' else 'ia' end,
       u, case when i % 33 = 0 then 1 + i % 4 else 0 end, case when i % 101 = 0 then u end, 10, 10, u + interval '24 hours', u - interval '10 days'
  from generate_series(1, $2::int) i cross join lateral (select clock_timestamp() - random() * interval '90 days' * (i / i) u) f`;

/** Veinte mil frases hechas una vez: armar un millón por separado tarda minutos. */
function hacerFrases(): string[] {
  return Array.from({ length: 20_000 }, (_, i) =>
    Array.from(
      { length: 5 + (i % 7) },
      () => PALABRAS[Math.floor(Math.random() ** 3 * PALABRAS.length)],
    ).join(' '),
  );
}

const SQL_MENSAJES = `
insert into historial_conversaciones (nombre_nora, contacto_id, telefono, mensaje, tipo, origen, fecha_hora, sid, autor, estado, epoca)
select $1, k.id, k.telefono, f.frase,
       case when j % 2 = 0 then 'usuario' else 'respuesta' end, '+526621500000', k.ultimo_mensaje - j * interval '9 minutes', 'SM' || md5(k.id::text || j),
       case when j % 2 = 0 then 'contacto' when j % 7 = 3 then 'humano' else 'ia' end,
       case when j % 2 = 0 then 'recibido' when j = 9 and k.no_leidos > 3 then 'fallido' else 'leido' end, case when j % 2 = 0 then 10 - j end
  from (select k.*, row_number() over () i from contactos k where k.nombre_nora = $1) k cross join generate_series(0, 9) j
  join frases f on f.n = (k.i * 10 + j) * 7919 % 20000`;

const SQL_RESPUESTAS = `
insert into respuestas_ia (nombre_nora, contacto_id, historial_id, modo, modelo, latencia_ms, motivo, pregunta, creado)
select h.nombre_nora, h.contacto_id, h.id, 'openai', 'modelo', 800, case when random() < 0.05 then 'sin_evidencia' else 'respondida' end, 'una pregunta', h.fecha_hora
  from historial_conversaciones h where h.nombre_nora = $1 and h.autor = 'ia' and h.fecha_hora > clock_timestamp() - interval '14 days'`;

/** De la más usada a la más rara: la búsqueda se prueba con las dos puntas. */
const PALABRAS = (
  'cita precio hola gracias mañana tarde corte tinte uñas horario sábado domingo abierto lugar estacionamiento tarjeta efectivo ' +
  'promoción paquete color rubio castaño largo corto niña niño señora perfecto apartado confirmo cancelo cambio hora semana lunes ' +
  'martes jueves viernes dirección mapa colonia centro sucursal servicio incluye costo anticipo transferencia factura recibo regalo ' +
  'novia boda fiesta maquillaje pestañas cejas facial masaje relajante manicure pedicure gelish acrílico secado peinado alaciado ' +
  'keratina tratamiento hidratación caída champú producto marca disponible existencia pedido envío guía paquetería domicilio urgente ' +
  'tornillo martillo taladro pintura brocha cemento varilla tubo llave foco cable contacto apagador lija pegamento escalera manguera ' +
  'bomba tinaco boiler regadera azulejo cedazo bisagra candado alambre pala carretilla nivel serrucho esmeril broca taquete cinta ' +
  'garantía devolución reembolso reclamo queja supervisor gerente encargada recepción espera llamada mensaje audio foto video archivo ' +
  'ventilador calefactor refacción compresor soldadura electrodo careta guante bota impermeable lona costal bulto flexómetro plomada ' +
  'zarpeo enjarre yeso plafón tablaroca perfil canaleta remache pija rondana tuerca engrane balero chumacera polea banda zoclo'
).split(' ');

export const PALABRA_COMUN = 'precio';
export const PALABRA_RARA = 'chumacera';
