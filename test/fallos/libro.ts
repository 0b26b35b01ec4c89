import type pg from 'pg';
import type { MensajeFalso } from '../apoyo/falso_twilio.ts';

/** Lo que debe ser cero, y lo que se cuenta para saber que la prueba ejercitó algo. */
export interface CuentasMartillo {
  mensajes: number;
  rafagas: number;
  respuestas: number;
  enviados: number;
  inciertos: number;
  perdidos: number;
  sinContestar: number;
  respuestasDobles: number;
  enviosDobles: number;
  iaDespuesDeHumano: number;
  desordenados: number;
  atorados: number;
  interbloqueos: number;
  resultados: Record<string, number>;
  /** Una línea por falta, las primeras veinte. */
  muestras: string[];
}

export interface PorRevisar {
  /** MessageSid que Twilio entregó hasta recibir 200. */
  entregados: ReadonlySet<string>;
  /** Claves de los envíos humanos que contestaron sin error. */
  claves: ReadonlySet<string>;
  /** Lo que Twilio aceptó, en orden. */
  enviados: readonly MensajeFalso[];
}

/** Una fila del hilo, con lo justo para juzgarla. */
export interface FilaLibro {
  id: string;
  contacto_id: string;
  autor: string;
  estado: string;
  sid: string | null;
  epoca: number;
  orden: number;
  clave: string | null;
  mensaje: string;
}
export interface FilaRafaga {
  contacto_id: string;
  epoca: number;
  resultado: string;
  orden: number;
}

/** Frases con las que el hilo cuenta que Nora volvió a tener permiso de hablar. */
const REABRE = /devolvió la conversación a Nora|encendió las respuestas/;

/** Compara el libro con lo que se entregó y con lo que Twilio aceptó. Todo lo que está mal queda en `muestras`. */
export async function revisarLibro(pool: pg.Pool, p: PorRevisar): Promise<CuentasMartillo> {
  const { filas, rafagas } = await leerLibro(pool);
  const { rows: contactos } = await pool.query<{ id: string; resuelta: number }>(
    'select id, epoca_resuelta::int resuelta from contactos',
  );
  const faltas: string[] = [];
  const contar = (lista: string[]): number => {
    faltas.push(...lista);
    return lista.length;
  };
  const filasDe = Map.groupBy(filas, (f) => f.contacto_id);
  const rafagasDe = Map.groupBy(rafagas, (r) => r.contacto_id);
  const resultados: Record<string, number> = {};
  for (const r of rafagas) resultados[r.resultado] = (resultados[r.resultado] ?? 0) + 1;
  const { rows: choques } = await pool.query<{ n: number }>(
    'select deadlocks::int n from pg_stat_database where datname = current_database()',
  );
  const { rows: turnos } = await pool.query<{ n: number }>('select count(*)::int n from atenciones');
  const interbloqueos = choques[0]?.n ?? 0;
  if (interbloqueos > 0) faltas.push(`${interbloqueos} interbloqueos`);
  const colgadas = filas.filter((f) => f.estado === 'pendiente' || f.estado === 'enviando');

  return {
    mensajes: p.entregados.size,
    rafagas: rafagas.length,
    respuestas: filas.filter((f) => f.autor === 'ia').length,
    enviados: p.enviados.length,
    inciertos: filas.filter((f) => f.estado === 'incierto').length,
    perdidos: contar(perdidos(filas, p)),
    sinContestar: contar(
      contactos.flatMap((k) => sinContestar(k, filasDe.get(k.id) ?? [], rafagasDe.get(k.id) ?? [])),
    ),
    respuestasDobles: contar(
      contactos.flatMap((k) => respuestasDobles(filasDe.get(k.id) ?? [], rafagasDe.get(k.id) ?? [])),
    ),
    enviosDobles: contar(enviosDobles(filas, p.enviados)),
    iaDespuesDeHumano: contar(iaDespuesDeHumano(filas, p.enviados)),
    desordenados: contar(desordenados(filas, p.enviados)),
    atorados: contar([
      ...colgadas.map((f) => `fila ${f.id} (${f.autor}) se quedó en ${f.estado}`),
      ...(turnos[0]?.n ? [`${turnos[0].n} turnos sin terminar`] : []),
    ]),
    interbloqueos,
    resultados,
    muestras: faltas.slice(0, 20),
  };
}

/** El libro entero, o el de un contacto, en el orden en que se escribió. */
export async function leerLibro(
  pool: pg.Pool,
  contacto: string | null = null,
): Promise<{ filas: FilaLibro[]; rafagas: FilaRafaga[] }> {
  const { rows: filas } = await pool.query<FilaLibro>(
    `select id, contacto_id, autor, estado, sid, coalesce(epoca, 0)::int epoca, mensaje, clave_cliente clave,
            extract(epoch from fecha_hora)::float8 orden from historial_conversaciones
      where $1::uuid is null or contacto_id = $1 order by fecha_hora, id`,
    [contacto],
  );
  const { rows: rafagas } = await pool.query<FilaRafaga>(
    `select contacto_id, epoca::int epoca, resultado, extract(epoch from creado)::float8 orden from rafagas
      where $1::uuid is null or contacto_id = $1 order by epoca`,
    [contacto],
  );
  return { filas, rafagas };
}

/** Entregados con 200 que no están, están dos veces, o escritos por una persona que no están. */
function perdidos(filas: FilaLibro[], p: PorRevisar): string[] {
  const vistos = Map.groupBy(
    filas.filter((f) => f.autor === 'contacto'),
    (f) => f.sid ?? '',
  );
  const claves = new Set(filas.map((f) => f.clave));
  return [
    ...[...p.entregados]
      .filter((s) => vistos.get(s)?.length !== 1)
      .map((s) => `perdido o repetido en el libro: ${s}`),
    ...[...p.claves].filter((c) => !claves.has(c)).map((c) => `perdido lo que escribió una persona: ${c}`),
  ];
}

/** Un mensaje quedó atendido si una ráfaga lo cubre o una persona escribió después de él. */
export function sinContestar(
  k: { id: string; resuelta: number },
  filas: FilaLibro[],
  rafagas: FilaRafaga[],
): string[] {
  const ultima = rafagas.at(-1)?.epoca ?? 0;
  const humana = Math.max(0, ...filas.filter((f) => f.autor === 'humano').map((f) => f.epoca));
  const entrantes = filas.filter((f) => f.autor === 'contacto');
  return entrantes
    .filter((f) => f.epoca > Math.max(ultima, humana) || f.epoca > k.resuelta)
    .map((f) => `sin resultado: ${f.sid} (época ${f.epoca}, resuelta ${k.resuelta})`);
}

/**
 * Dos resultados para lo mismo: entre una ráfaga y la anterior debe haber algo nuevo que decidir (un mensaje, o
 * alguien que devolvió la conversación). Y cada ráfaga contesta con un solo mensaje, porque el modelo falso da uno.
 */
export function respuestasDobles(filas: FilaLibro[], rafagas: FilaRafaga[]): string[] {
  const entrantes = filas.filter((f) => f.autor === 'contacto');
  const reaperturas = filas.filter((f) => f.autor === 'sistema' && REABRE.test(f.mensaje));
  const faltas: string[] = [];
  for (const [i, r] of rafagas.entries()) {
    const previa = rafagas[i - 1];
    const desde = previa?.epoca ?? 0;
    const nuevo = entrantes.some((f) => f.epoca > desde && f.epoca <= r.epoca);
    const reabierta = reaperturas.some((f) => f.orden > (previa?.orden ?? 0) && f.orden < r.orden);
    if (!nuevo && !reabierta)
      faltas.push(`dos resultados para lo mismo: ${r.contacto_id} épocas ${desde} y ${r.epoca}`);
  }
  const epocas = new Set(rafagas.map((r) => r.epoca));
  for (const [epoca, suyas] of Map.groupBy(
    filas.filter((f) => f.autor === 'ia'),
    (f) => f.epoca,
  )) {
    if (suyas.length > 1) faltas.push(`${suyas.length} respuestas a la misma ráfaga: ${suyas[0]?.id}`);
    if (!epocas.has(epoca)) faltas.push(`respuesta sin resultado escrito: ${suyas[0]?.id}`);
  }
  return faltas;
}

/** Cada fila salió a lo más una vez, y Twilio no aceptó nada que no esté en el libro como enviado. */
function enviosDobles(filas: FilaLibro[], enviados: readonly MensajeFalso[]): string[] {
  const porId = new Map(filas.map((f) => [f.id, f]));
  const faltas: string[] = [];
  for (const [id, copias] of Map.groupBy(enviados, idDe)) {
    const fila = porId.get(id);
    if (copias.length > 1) faltas.push(`salió ${copias.length} veces: ${id}`);
    if (!fila) faltas.push(`salió algo que no está en el libro: ${id}`);
    else if (fila.sid !== copias[0]?.sid) faltas.push(`salió y el libro no lo sabe: ${id} (${fila.estado})`);
  }
  for (const f of filas) {
    if (/^(enviado|entregado|leido)$/.test(f.estado) && !enviados.some((m) => idDe(m) === f.id)) {
      faltas.push(`el libro dice ${f.estado} y Twilio no lo aceptó: ${f.id}`);
    }
  }
  return faltas;
}

/** En el orden en que Twilio los aceptó: tras una persona, Nora sólo vuelve si alguien se la devolvió. */
function iaDespuesDeHumano(filas: FilaLibro[], enviados: readonly MensajeFalso[]): string[] {
  const porId = new Map(filas.map((f) => [f.id, f]));
  const reaperturas = Map.groupBy(
    filas.filter((f) => f.autor === 'sistema' && /devolvió la conversación/.test(f.mensaje)),
    (f) => f.contacto_id,
  );
  const humano = new Map<string, FilaLibro>();
  const faltas: string[] = [];
  for (const m of enviados) {
    const fila = porId.get(idDe(m));
    if (!fila) continue;
    if (fila.autor === 'humano') humano.set(fila.contacto_id, fila);
    const previo = humano.get(fila.contacto_id);
    if (fila.autor !== 'ia' || !previo) continue;
    const devuelta = reaperturas
      .get(fila.contacto_id)
      ?.some((f) => f.orden > previo.orden && f.orden < fila.orden);
    if (fila.epoca < previo.epoca || !devuelta) faltas.push(`Nora habló después de una persona: ${fila.id}`);
  }
  return faltas;
}

/** A cada contacto le llega todo en el orden del hilo. */
function desordenados(filas: FilaLibro[], enviados: readonly MensajeFalso[]): string[] {
  const lugar = new Map(filas.map((f, i) => [f.id, { i, contacto: f.contacto_id }]));
  const ultimo = new Map<string, number>();
  const faltas: string[] = [];
  for (const m of enviados) {
    const l = lugar.get(idDe(m));
    if (!l) continue;
    if (l.i < (ultimo.get(l.contacto) ?? -1)) faltas.push(`llegó fuera de orden: ${idDe(m)}`);
    ultimo.set(l.contacto, Math.max(l.i, ultimo.get(l.contacto) ?? -1));
  }
  return faltas;
}

/** El id del libro viaja en la URL de estado. */
export function idDe(m: Pick<MensajeFalso, 'statusCallback'>): string {
  return (m.statusCallback && new URL(m.statusCallback).searchParams.get('m')) || '';
}
