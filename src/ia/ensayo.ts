import type { Contexto } from '../contexto.ts';
import type { ClienteBd } from '../datos/base_de_datos.ts';
import type { Json } from '../datos/tipos.ts';
import type { CierreRafaga, ContextoRafaga } from '../mensajes/consultas.ts';
import { pensarRespuesta } from '../mensajes/process_message.ts';
import { estimarTokens } from './conocimiento.ts';
import type { EntradaIA, SalidaIA, Turno } from './contexto_ia.ts';
import { buscarEvidencia } from './evidencia.ts';
import { armarPrompt } from './prompt.ts';

/** Lo que se le dice a Nora sin que nadie lo reciba. */
export interface PreguntaEnsayo {
  texto: string;
  turnos?: Turno[];
  nombre?: string | null;
  /** Primer mensaje de la conversación: puede tocarle la bienvenida y el aviso de que está cerrado. */
  nuevo?: boolean;
}

/** Un cambio por guardar; cada operación se guarda con la misma función que usa su página. */
export type Operacion =
  | { op: 'ajustes'; datos: Record<string, Json> }
  | { op: 'bloque'; datos: Record<string, Json> }
  | { op: 'bloques'; ids: string[]; accion: string; etiqueta?: string | null }
  | { op: 'restaurar'; id: string; version: number }
  | { op: 'importacion'; id: string; etiqueta?: string | null };
export type Cambio = Operacion[];

/** Por qué un cambio no se pudo aplicar (alguien borró el bloque, ya existe uno igual…). */
export interface Impedimento {
  op: string;
  motivo: string;
}

export interface BloqueVisto {
  id: string;
  titulo: string;
  contenido: string;
  citado: boolean;
  /** Qué tanto lo halló la búsqueda; null si no comparte palabras con la pregunta. */
  rango: number | null;
  /** Cuánto de la pregunta cubre (0 a 1), con la cuenta del modo local. */
  cobertura: number | null;
}

/** Lo que Nora habría hecho, con todo lo que tuvo delante. */
export interface Ensayo {
  cierre: CierreRafaga;
  bloques: BloqueVisto[];
  /** null si no hizo falta pensar: contestó una regla, la bienvenida o una guarda. */
  ia: {
    salida: SalidaIA;
    /** Tamaño estimado de lo que se mandaría al modelo. */
    tokensPrompt: number;
    mensajesPrompt: number;
  } | null;
  latenciaMs: number;
}

export type ContextoEnsayo = ContextoRafaga & { rangos: Record<string, number> };
type Piezas = Pick<Contexto, 'bd' | 'config' | 'modelo' | 'registrarError'>;

/** El contexto del canal para cada pregunta; con `cambio`, como si ya estuviera guardado (nada queda escrito). */
export async function leerContextosEnsayo(
  bd: ClienteBd,
  p: { preguntas: PreguntaEnsayo[]; tokens: number; cambio?: Cambio | null; usuario?: string | null },
): Promise<{ contextos: ContextoEnsayo[] } | { impedido: Impedimento }> {
  const { data } = await bd.rpc('contextos_ensayo', { p: p as unknown as Json }).throwOnError();
  if (data === null) throw new Error('contextos_ensayo sin nora');
  return data as unknown as { contextos: ContextoEnsayo[] } | { impedido: Impedimento };
}

/**
 * Piensa una respuesta con el mismo código que el canal, sin guardarla ni enviarla. Los tokens que gaste cuentan
 * para el tope del día y para el costo.
 */
export async function ensayar(
  ctx: Piezas,
  bd: ClienteBd,
  contexto: ContextoEnsayo,
  uso: 'probador' | 'pruebas',
  senal: AbortSignal = AbortSignal.timeout(ctx.config.ia.tiempoMs * 2),
): Promise<Ensayo> {
  const inicio = performance.now();
  let visto: { entrada: EntradaIA; salida: SalidaIA } | null = null;
  const cierre = await pensarRespuesta({ ...ctx, vivo: MUDO }, contexto, senal, (entrada, salida) => {
    visto = { entrada, salida };
  });
  const pensado = visto as { entrada: EntradaIA; salida: SalidaIA } | null;
  if (pensado) await sumarConsumo(bd, pensado.salida, uso);
  return {
    cierre,
    bloques: pensado ? bloquesVistos(pensado.entrada, pensado.salida, contexto.rangos) : [],
    ia: pensado && {
      salida: pensado.salida,
      ...medirPrompt(pensado.entrada, ctx.config.ia.tokensHistorial),
    },
    latenciaMs: Math.round(performance.now() - inicio),
  };
}

// La señal de «Nora está escribiendo» es para quien mira un chat; aquí no hay chat.
const MUDO: Pick<Contexto['vivo'], 'emitir'> = { emitir() {} };

async function sumarConsumo(bd: ClienteBd, s: SalidaIA, uso: string): Promise<void> {
  const { modo, modelo, tokens_entrada, tokens_salida } = s;
  await bd.rpc('sumar_ensayo', { p: { modo, modelo, uso, tokens_entrada, tokens_salida } }).throwOnError();
}

function medirPrompt(entrada: EntradaIA, tokensHistorial: number) {
  const { mensajes } = armarPrompt(entrada, tokensHistorial);
  return {
    tokensPrompt: mensajes.reduce((suma, m) => suma + estimarTokens(m.content), 0),
    mensajesPrompt: mensajes.length,
  };
}

/** Los bloques que tuvo delante: primero los citados, luego los que más se parecen a la pregunta. */
function bloquesVistos(entrada: EntradaIA, salida: SalidaIA, rangos: Record<string, number>): BloqueVisto[] {
  const medidos =
    salida.puntajes ?? buscarEvidencia(entrada.pregunta.slice(0, 800), entrada.conocimiento).puntajes;
  // Quien pregunta dos cosas mide cada bloque dos veces.
  const coberturas = new Map<string, number>();
  for (const { id, cobertura } of medidos) coberturas.set(id, Math.max(cobertura, coberturas.get(id) ?? 0));
  return entrada.conocimiento
    .map(({ id, titulo, contenido, rango }) => ({
      id,
      titulo,
      contenido,
      citado: salida.citados.includes(id),
      rango: rango ?? rangos[id] ?? null,
      cobertura: coberturas.get(id) ?? null,
    }))
    .toSorted(
      (a, b) =>
        Number(b.citado) - Number(a.citado) ||
        (b.cobertura ?? 0) - (a.cobertura ?? 0) ||
        (b.rango ?? 0) - (a.rango ?? 0),
    );
}
