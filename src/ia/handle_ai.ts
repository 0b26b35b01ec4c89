import type { Config } from '../config.ts';
import type { RegistrarError } from '../errores.ts';
import type { Modelo, RespuestaModelo } from '../integraciones/openai.ts';
import type { EntradaIA, SalidaIA } from './contexto_ia.ts';
import { leerCortesia } from './cortesia.ts';
import {
  esquemaRespuesta,
  esquemaRespuestaConEtiquetas,
  type RespuestaModelo as DatosModelo,
} from './esquemas.ts';
import { responderLocal, textoPaseHumano } from './modo_local.ts';
import { armarPrompt, type Prompt } from './prompt.ts';
import { normalizar } from './texto.ts';

/** Lo que `handleAi` usa del contexto de la aplicación. */
export interface ContextoIA {
  modelo: Modelo | null;
  config: { ia: Omit<Config['ia'], 'precios'> };
  registrarError: RegistrarError;
}

/** Tope de una respuesta: la salida la parte en mensajes de 1,600. */
const MAXIMO_TEXTO = 4000;

/**
 * Decide qué contestar a una ráfaga. Nunca lanza.
 * Sin modelo, o si el proveedor falla (se registra una vez), contesta el modo local con los mismos bloques.
 * Las citas son siempre ids de `entrada.conocimiento`. Con `senal` abortada el resultado se debe tirar.
 */
export async function handleAi(ctx: ContextoIA, entrada: EntradaIA, senal?: AbortSignal): Promise<SalidaIA> {
  const inicio = performance.now();
  const cronometrar = (s: Omit<SalidaIA, 'latencia_ms'>): SalidaIA => ({
    ...s,
    latencia_ms: Math.round(performance.now() - inicio),
  });
  try {
    const { modelo } = ctx;
    // En modo estricto un «gracias» no tiene de dónde citarse: la cortesía tiene respuesta fija y no cuesta tokens.
    const fija = entrada.nora.modo_respuesta === 'estricto' && leerCortesia(entrada.pregunta) !== null;
    if (!modelo || fija) return cronometrar(salidaLocal(entrada));
    return cronometrar(await conModelo(ctx, modelo, entrada, senal));
  } catch (error) {
    await ctx.registrarError('IA', error, entrada.nora.nombre_nora, 'handle_ai');
    return cronometrar(salidaDeEmergencia(entrada));
  }
}

async function conModelo(
  ctx: ContextoIA,
  modelo: Modelo,
  entrada: EntradaIA,
  senal: AbortSignal | undefined,
): Promise<Omit<SalidaIA, 'latencia_ms'>> {
  const prompt = armarPrompt(entrada, ctx.config.ia.tokensHistorial);
  const r = await pedir(modelo, prompt, entrada, ctx.config.ia.tiempoMs, senal);
  if (r.ok) return leerSalida(r, prompt, entrada);
  if (r.clase === 'cancelado') return cancelada(entrada, r.tokensEntrada, r.tokensSalida);
  await ctx.registrarError(
    'OpenAI',
    `${r.clase}: ${r.detalle}${r.idPeticion ? ` (${r.idPeticion})` : ''}`,
    entrada.nora.nombre_nora,
    'handle_ai',
  );
  const local = salidaLocal(entrada);
  return {
    ...local,
    tokens_entrada: r.tokensEntrada,
    tokens_salida: r.tokensSalida,
    detalle: `proveedor ${r.clase}; ${local.detalle ?? ''}`,
    fallo_modelo: r.clase,
  };
}

async function pedir(
  modelo: Modelo,
  prompt: Prompt,
  entrada: EntradaIA,
  tiempoMs: number,
  senal: AbortSignal | undefined,
): Promise<RespuestaModelo<DatosModelo>> {
  try {
    return await modelo.responder({
      mensajes: prompt.mensajes,
      esquema: entrada.etiquetas?.length ? esquemaRespuestaConEtiquetas : esquemaRespuesta,
      nombre: 'respuesta_nora',
      modelo: entrada.nora.modelo_ia,
      tiempoMs,
      senal,
    });
  } catch (error) {
    const detalle = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      clase: 'servidor',
      detalle,
      reintentable: false,
      latenciaMs: 0,
      idPeticion: null,
      tokensEntrada: 0,
      tokensSalida: 0,
    };
  }
}

/** Traduce las citas a ids, tira las inventadas y aplica las reglas del modo. */
function leerSalida(
  r: Extract<RespuestaModelo<DatosModelo>, { ok: true }>,
  prompt: Prompt,
  entrada: EntradaIA,
): Omit<SalidaIA, 'latencia_ms'> {
  const citados = [...new Set(r.datos.citas)].flatMap((n) => prompt.bloques[n - 1]?.id ?? []);
  const etiquetas = [...new Set(r.datos.etiquetas)].flatMap((n) => entrada.etiquetas?.[n - 1]?.nombre ?? []);
  const base = {
    modo: 'openai' as const,
    modelo: r.modelo,
    fragmentos: prompt.bloques.map((b) => b.id),
    citados,
    ...(etiquetas.length > 0 && { etiquetas }),
    tokens_entrada: r.tokensEntrada,
    tokens_salida: r.tokensSalida,
  };
  const texto = limpiarTexto(r.datos.respuesta);
  const pasar = (motivo: 'sin_evidencia' | 'pasada_a_humano', detalle: string, dicho = '') => ({
    ...base,
    accion: 'pasar_a_humano' as const,
    texto: dicho || textoPaseHumano(entrada, motivo),
    motivo,
    detalle,
  });
  const estricto = entrada.nora.modo_respuesta === 'estricto';
  // En estricto, lo que el modelo diga al pasar tampoco está respaldado: va el texto fijo.
  if (r.datos.accion === 'pasar_a_humano')
    return pasar('pasada_a_humano', 'lo decidió el modelo', estricto ? '' : texto);
  if (!texto) return pasar('sin_evidencia', 'respuesta vacía');
  if (estricto && citados.length === 0) return pasar('sin_evidencia', 'modo estricto sin citas válidas');
  if (estricto && !cifrasRespaldadas(texto, prompt, citados))
    return pasar('sin_evidencia', 'cifras que no están en lo citado');
  return { ...base, accion: 'responder', texto, motivo: 'respondida', detalle: null };
}

/** Si cada cifra de la respuesta aparece en los bloques citados: un precio inventado no pasa en modo estricto. */
function cifrasRespaldadas(texto: string, prompt: Prompt, citados: string[]): boolean {
  const cifras = (t: string) =>
    normalizar(t)
      .replace(/(\d),(?=\d{3}\b)/g, '$1')
      .match(/\d+(?:[.:/]\d+)*/g) ?? [];
  const citado = prompt.bloques
    .filter((b) => citados.includes(b.id))
    .map((b) => `${b.titulo} ${b.contenido}`);
  const respaldo = new Set(
    cifras(citado.join(' ')).flatMap((c) => [c, c.replace(/^0/, '').replace(/[.:]00$/, '')]),
  );
  return cifras(texto).every(
    (c) => respaldo.has(c) || respaldo.has(c.replace(/^0/, '').replace(/[.:]00$/, '')),
  );
}

/** Sin las marcas internas que un modelo a veces repite, y nunca más largo de lo que se puede mandar. */
function limpiarTexto(texto: string): string {
  return texto
    .replace(/\s*\[\d{1,3}\](?!\()/g, '')
    .replace(/^\s*\[Persona del equipo\]\s*/i, '')
    .trim()
    .slice(0, MAXIMO_TEXTO)
    .toWellFormed();
}

function salidaLocal(entrada: EntradaIA): Omit<SalidaIA, 'latencia_ms'> {
  const r = responderLocal(entrada);
  return {
    ...r,
    modo: 'local',
    modelo: null,
    fragmentos: entrada.conocimiento.map((b) => b.id),
    tokens_entrada: 0,
    tokens_salida: 0,
  };
}

function cancelada(
  entrada: EntradaIA,
  tokens_entrada: number,
  tokens_salida: number,
): Omit<SalidaIA, 'latencia_ms'> {
  return {
    ...vacia(entrada),
    texto: '',
    modo: 'openai',
    tokens_entrada,
    tokens_salida,
    detalle: 'cancelada',
  };
}

/** Si hasta el modo local falla, una persona recibe el mensaje y el contacto un aviso que no promete nada. */
function salidaDeEmergencia(entrada: EntradaIA): Omit<SalidaIA, 'latencia_ms'> {
  return {
    ...vacia(entrada),
    texto: 'Le paso tu mensaje a una persona del equipo para que te responda por aquí.',
  };
}

function vacia(entrada: EntradaIA): Omit<SalidaIA, 'latencia_ms' | 'texto'> {
  return {
    accion: 'pasar_a_humano',
    modo: 'local',
    modelo: null,
    fragmentos: entrada.conocimiento.map((b) => b.id),
    citados: [],
    tokens_entrada: 0,
    tokens_salida: 0,
    motivo: 'error',
    detalle: null,
  };
}
