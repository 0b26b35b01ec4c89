import { z } from 'zod';
import type { Contexto } from '../contexto.ts';
import type { ClienteBd } from '../datos/base_de_datos.ts';
import type { Json } from '../datos/tipos.ts';
import { type Cambio, type ContextoEnsayo, type Ensayo, ensayar, leerContextosEnsayo } from './ensayo.ts';
import { normalizar } from './texto.ts';

/** La cola en la que corren las pruebas. */
export const COLA_PRUEBAS = 'pruebas_ia';

/** Lo que se espera de Nora ante una pregunta. */
export interface Prueba {
  id: string;
  pregunta: string;
  /** `responde` ella misma; `pasa` con una persona; `no_contesta`: calla o pasa, pero no da un dato. */
  espera: 'responde' | 'pasa' | 'no_contesta';
  /** Todo esto debe decir; una barra separa formas que valen igual («40 min | cuarenta minutos»). */
  contiene: string[];
  no_contiene: string[];
  /** Todos estos bloques debe citar. */
  citas: { id: string; titulo: string }[];
}

/** Una falla en palabras de la persona que escribió la prueba. */
export type Falla = string;

export type Revision = { r: 'libre' } | { r: 'en_prueba'; corrida: string; ruta: string };

/**
 * Antes de guardar un cambio que mueve lo que Nora contesta: si la nora exige pruebas (o `siempre`), el cambio queda
 * apartado y se corren; se publica solo si ninguna que pasaba deja de pasar, y si no, espera a que alguien lo confirme.
 * `libre`: guárdalo como siempre. `en_prueba`: no lo guardes; manda a la persona a `ruta`, donde se ve cómo va.
 * @param p.bd cliente de la nora
 * @param p.resumen qué cambia, en una línea («Instrucciones y modo», «Bloque “Horario”»)
 */
export async function revisarCambio(
  ctx: Pick<Contexto, 'trabajos' | 'registro'>,
  p: {
    bd: ClienteBd;
    nombre_nora: string;
    usuario: string;
    cambio: Cambio;
    resumen: string;
    siempre?: boolean;
  },
): Promise<Revision> {
  if (!ctx.registro.moduloActivo(p.nombre_nora, 'ia')) return { r: 'libre' };
  if (!p.siempre && !(await exigePruebas(p.bd))) return { r: 'libre' };
  const corrida = await encargarCorrida(ctx, { ...p, cambio: p.cambio });
  return corrida ? { r: 'en_prueba', ...corrida } : { r: 'libre' };
}

/** Si hay pruebas que correr, para ofrecerlo junto a «Guardar», y si la nora las exige. */
export async function estadoPruebas(bd: ClienteBd): Promise<{ activas: number; exige: boolean }> {
  const [{ count }, exige] = await Promise.all([
    bd.from('pruebas_ia').select('id', { count: 'exact', head: true }).eq('activa', true).throwOnError(),
    exigePruebas(bd),
  ]);
  return { activas: count ?? 0, exige };
}

/** Pone en fila una corrida; null si la nora no tiene pruebas activas. Una sin cambio que ya anda se reutiliza. */
export async function encargarCorrida(
  ctx: Pick<Contexto, 'trabajos'>,
  p: { bd: ClienteBd; nombre_nora: string; usuario: string; cambio: Cambio | null; resumen: string | null },
): Promise<{ corrida: string; ruta: string } | null> {
  const { data } = await p.bd
    .rpc('iniciar_corrida', {
      p_cambio: p.cambio as unknown as Json,
      p_resumen: p.resumen as string,
      p_usuario: p.usuario,
    })
    .throwOnError();
  const hecho = data as { r: 'libre' } | { r: 'creada' | 'ocupada'; id: string };
  if (hecho.r === 'libre') return null;
  if (hecho.r === 'creada') await encolar(ctx, p.nombre_nora, hecho.id);
  return { corrida: hecho.id, ruta: rutaCorrida(p.nombre_nora, hecho.id) };
}

export async function encolar(
  ctx: Pick<Contexto, 'trabajos'>,
  nombre_nora: string,
  corrida: string,
): Promise<void> {
  await ctx.trabajos.encolar(COLA_PRUEBAS, { nombre_nora, corrida });
}

export function rutaCorrida(nombre_nora: string, corrida: string): string {
  return `/panel_cliente/${nombre_nora}/ia/pruebas/corridas/${corrida}`;
}

interface CorridaTomada {
  cambio: Cambio | null;
  usuario: string | null;
  rotas: number;
  faltan: (Prueba & { resultado_id: string })[];
}

type Piezas = Pick<Contexto, 'bd' | 'config' | 'modelo' | 'registrarError' | 'registro' | 'vivo'>;

const encargo = z.object({ nombre_nora: z.string(), corrida: z.uuid() });

/** Preguntas cuyo contexto se lee de una vez: con cambio, es una sola aplicada y deshecha para todas. */
const LOTE = 20;
/** Con un proveedor, cuántas a la vez; el modo local es cuenta pura y va de una en una. */
const A_LA_VEZ = 4;

/**
 * Corre lo que falta de una corrida y la cierra; si traía un cambio, se probó todo y nada se rompió, lo publica.
 * Repetible: lo ya contestado no se vuelve a preguntar.
 */
export async function correrPruebas(ctx: Piezas, datos: Record<string, unknown>): Promise<void> {
  const { nombre_nora, corrida: id } = encargo.parse(datos);
  const bd = ctx.bd.deNora(nombre_nora);
  const { data } = await bd.rpc('tomar_corrida', { p_id: id }).throwOnError();
  const corrida = data as unknown as CorridaTomada | null;
  if (!corrida) return;
  const avisar = () => ctx.vivo.emitir(nombre_nora, 'pruebas:avance', { corrida_id: id });
  avisar();
  const cerrar = async (p: Record<string, Json>) => {
    await bd.rpc('cerrar_corrida', { p_id: id, p }).throwOnError();
    avisar();
  };
  if (!ctx.registro.moduloActivo(nombre_nora, 'ia')) {
    return cerrar({ error: 'El módulo de inteligencia artificial está apagado.' });
  }
  try {
    for (let i = 0; i < corrida.faltan.length; i += LOTE) {
      const lote = corrida.faltan.slice(i, i + LOTE);
      const alto = await correrLote(ctx, bd, id, corrida, lote, avisar);
      if (alto) return await cerrar(alto);
    }
  } catch (error) {
    await cerrar({ error: 'Se interrumpió a la mitad. Vuelve a intentarlo.' });
    throw error;
  }
  await cerrar({});
  if (corrida.cambio) await publicar(bd, id, corrida.usuario);
  avisar();
}

/** Publica lo que no rompió nada; lo demás se queda esperando a una persona. */
async function publicar(bd: ClienteBd, id: string, usuario: string | null): Promise<void> {
  await bd
    .rpc('publicar_cambio', { p_id: id, p_usuario: usuario as string, p_confirmado: false })
    .throwOnError();
}

async function correrLote(
  ctx: Piezas,
  bd: ClienteBd,
  corrida: string,
  { cambio, usuario }: CorridaTomada,
  lote: CorridaTomada['faltan'],
  avisar: () => void,
): Promise<Record<string, Json> | null> {
  const preguntas = lote.map((p) => ({ texto: p.pregunta }));
  const tokens = ctx.config.ia.tokensConocimiento;
  const leido = await leerContextosEnsayo(bd, { preguntas, tokens, cambio, usuario });
  if ('impedido' in leido) return { impedimento: leido.impedido as unknown as Json };
  const { nora, tokens_hoy } = leido.contextos[0] ?? {};
  // Con el tope gastado todas pasarían a una persona: eso no prueba nada.
  if (nora && (tokens_hoy ?? 0) >= nora.tope_tokens_dia && ctx.modelo) {
    return { error: 'Se alcanzó el tope de IA de hoy; las pruebas lo necesitan para correr.' };
  }
  const pares = lote.map((prueba, i) => ({ prueba, contexto: leido.contextos[i] as ContextoEnsayo }));
  const ancho = ctx.modelo ? A_LA_VEZ : 1;
  for (let i = 0; i < pares.length; i += ancho) {
    const probadas = await Promise.all(
      pares.slice(i, i + ancho).map(async ({ prueba, contexto }) => {
        const probada = await probar(ctx, bd, prueba, contexto);
        const antes = cambio && probada?.fallas.length ? await pasabaAntes(ctx, bd, prueba) : null;
        if (!probada || antes === undefined) return false;
        await guardarResultado(bd, corrida, prueba.resultado_id, probada, antes);
        avisar();
        return true;
      }),
    );
    if (probadas.includes(false)) return { error: SIN_IA };
  }
  return null;
}

const SIN_IA =
  'La IA no pudo contestar y lo que falta no se probó. Vuelve a intentarlo en unos minutos; si sigue igual, avisa a quien administra la plataforma.';

interface Probada {
  ensayo: Ensayo;
  fallas: Falla[];
}

/** null si no se supo: la IA no contestó. */
async function probar(
  ctx: Piezas,
  bd: ClienteBd,
  prueba: Prueba,
  contexto: ContextoEnsayo,
): Promise<Probada | null> {
  const ensayo = await ensayar(ctx, bd, contexto, 'pruebas');
  if (sinIA(ensayo)) return null;
  return { ensayo, fallas: evaluar(prueba, ensayo, contexto.nora.mensaje_fuera_de_tema) };
}

/** El modo local no lee las instrucciones: lo que contesta en lugar del modelo no prueba el cambio. Que el modelo se niegue sí es su respuesta. */
function sinIA({ ia }: Ensayo): boolean {
  if (!ia) return false;
  const { fallo_modelo, motivo } = ia.salida;
  return motivo === 'error' || (fallo_modelo !== undefined && fallo_modelo !== 'rechazo');
}

/** Con lo que está publicado ahora mismo: la última corrida puede ser de antes de otros cambios. undefined si no se supo. */
async function pasabaAntes(ctx: Piezas, bd: ClienteBd, prueba: Prueba): Promise<boolean | undefined> {
  const leido = await leerContextosEnsayo(bd, {
    preguntas: [{ texto: prueba.pregunta }],
    tokens: ctx.config.ia.tokensConocimiento,
  });
  const contexto = 'contextos' in leido ? leido.contextos[0] : undefined;
  if (!contexto) return false;
  const probada = await probar(ctx, bd, prueba, contexto);
  return probada ? probada.fallas.length === 0 : undefined;
}

async function guardarResultado(
  bd: ClienteBd,
  corrida: string,
  id: string,
  { ensayo: { cierre, bloques, ia, latenciaMs }, fallas }: Probada,
  antes: boolean | null,
): Promise<void> {
  const fuentes = bloques.filter((b) => b.citado).map((b) => ({ id: b.id, titulo: tituloDe(b) }));
  const p: Record<string, Json> = {
    paso: fallas.length === 0,
    antes,
    fallas,
    respuesta: textoDe(cierre),
    resultado: cierre.resultado,
    motivo: cierre.motivo,
    modo: ia?.salida.modo ?? null,
    modelo: ia?.salida.modelo ?? null,
    fuentes,
    tokens: (ia?.salida.tokens_entrada ?? 0) + (ia?.salida.tokens_salida ?? 0),
    latencia_ms: latenciaMs,
  };
  await bd.rpc('guardar_resultado', { p_corrida: corrida, p_id: id, p }).throwOnError();
}

/** Lo que no se cumplió; vacío si la prueba pasa. */
function evaluar(
  prueba: Prueba,
  { cierre, bloques }: Pick<Ensayo, 'cierre' | 'bloques'>,
  fueraDeTema: string | null = null,
): Falla[] {
  const texto = textoDe(cierre);
  const fallas: Falla[] = [];
  const contesto = cierre.resultado === 'respondida' || cierre.resultado === 'regla';
  const seDisculpo = fueraDeTema !== null && incluye(texto, fueraDeTema);
  if (prueba.espera === 'responde' && !contesto)
    fallas.push(cierre.pasar ? 'La pasó a una persona.' : 'No contestó.');
  if (prueba.espera === 'pasa' && !cierre.pasar)
    fallas.push(contesto ? 'Contestó en vez de pasarla a una persona.' : 'No la pasó a una persona.');
  if (prueba.espera === 'no_contesta' && contesto && !seDisculpo) fallas.push('Contestó algo que no debía.');
  for (const dicho of prueba.contiene) {
    if (!dicho.split('|').some((forma) => incluye(texto, forma))) fallas.push(`No dijo «${dicho.trim()}».`);
  }
  for (const dicho of prueba.no_contiene) {
    if (incluye(texto, dicho)) fallas.push(`Dijo «${dicho.trim()}».`);
  }
  const citados = new Set(bloques.filter((b) => b.citado).map((b) => b.id));
  for (const cita of prueba.citas) {
    if (!citados.has(cita.id)) fallas.push(`No citó «${cita.titulo}».`);
  }
  return fallas;
}

function textoDe(cierre: Ensayo['cierre']): string {
  return cierre.mensajes.map((m) => m.texto).join('\n\n');
}

function tituloDe(bloque: { titulo: string; contenido: string }): string {
  return bloque.titulo || `${bloque.contenido.slice(0, 57)}…`;
}

/** Sin acentos, mayúsculas ni signos, para que «10:00» y «$1,200» se comparen por lo que dicen. */
function incluye(texto: string, dicho: string): boolean {
  const plano = (t: string) =>
    normalizar(t)
      .replace(/(\d),(?=\d{3}\b)/g, '$1')
      .replace(/[^\p{L}\p{N}:.%$/]+/gu, ' ')
      .trim();
  const buscado = plano(dicho);
  return buscado !== '' && plano(texto).includes(buscado);
}

async function exigePruebas(bd: ClienteBd): Promise<boolean> {
  const { data } = await bd.from('configuracion_bot').select('exige_pruebas').single().throwOnError();
  return data.exige_pruebas;
}
