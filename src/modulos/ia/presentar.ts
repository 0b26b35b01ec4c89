import type { Config } from '../../config.ts';
import type { BloqueVisto, Ensayo } from '../../ia/ensayo.ts';
import { costoDe } from '../../ia/precios.ts';
import * as fechas from '../../web/fechas.ts';
import type { FilaAuditoria } from './consultas.ts';
import type { ConsultaAuditoria } from './esquemas.ts';
import { costoTexto } from './presentar_costos.ts';

/** Lo que presentar necesita saber de la petición. */
export interface Entorno {
  base: string;
  zona: string;
  /** Dirección del chat de la nora; vacía si no lo tiene. */
  chat: string;
  conocimiento: string;
  /** El modelo de la plataforma, o null si contesta el modo local. */
  modelo: string | null;
  precios: Config['ia']['precios'];
}

/** Las páginas del módulo, para sus pestañas. */
export function pestanas(base: string, actual: string) {
  return [
    ['ajustes', '', 'Ajustes'],
    ['probador', '/probador', 'Probador'],
    ['pruebas', '/pruebas', 'Pruebas'],
    ['auditoria', '/auditoria', 'Respuestas'],
    ['costos', '/costos', 'Costo'],
  ].map(([clave, ruta, texto]) => ({ texto, ruta: `${base}${ruta}`, actual: clave === actual }));
}

const MOTIVOS: Record<string, { texto: string; tono: string }> = {
  respondida: { texto: 'Contestó', tono: 'verde' },
  sin_evidencia: { texto: 'No supo', tono: 'ambar' },
  pasada_a_humano: { texto: 'Pasó a una persona', tono: 'azul' },
  descartada: { texto: 'Descartada', tono: '' },
  error: { texto: 'Falló', tono: 'rojo' },
};

export const OPCIONES_MOTIVO = Object.entries(MOTIVOS).map(([clave, { texto }]) => ({ clave, texto }));

export const RESULTADOS: Record<string, { texto: string; tono: string }> = {
  respondida: { texto: 'Contesta ella', tono: 'verde' },
  regla: { texto: 'Contesta una regla', tono: 'azul' },
  bienvenida: { texto: 'Da la bienvenida', tono: 'azul' },
  preferencia: { texto: 'Cambia si acepta envíos', tono: 'azul' },
  pasada_a_humano: { texto: 'Pasa con una persona', tono: 'ambar' },
  silencio: { texto: 'No contesta', tono: '' },
};

export const RAZONES: Record<string, string> = {
  sin_evidencia: 'Ningún bloque lo respalda.',
  pidio_persona: 'Pidió hablar con una persona.',
  palabra_pase: 'Dijo una de tus palabras de pase.',
  tope_tokens: 'Se alcanzó el tope de IA de hoy.',
  pasada_a_humano: 'Hace falta una persona.',
  error: 'Falló algo al pensar; pasa con una persona.',
};

/** Lo que pasó con un mensaje del probador. */
export function presentarEnsayo(ensayo: Ensayo, e: Entorno) {
  const { cierre, ia, bloques } = ensayo;
  const { texto, tono } = RESULTADOS[cierre.resultado] ?? { texto: cierre.resultado, tono: '' };
  const citados = bloques.filter((b) => b.citado);
  return {
    titulo: texto,
    tono,
    razon:
      cierre.motivo_espera || RAZONES[cierre.motivo] || (cierre.resultado === 'regla' ? cierre.motivo : ''),
    enviaria: cierre.mensajes.length,
    pausa: Boolean(cierre.pausar),
    bloques: bloques.slice(0, MAXIMO_BLOQUES).map((b) => ({
      ...b,
      titulo: b.titulo || `${b.contenido.slice(0, 57)}…`,
      puntaje: puntajeDe(b),
      ruta: e.conocimiento && `${e.conocimiento}/bloques/${b.id}`,
    })),
    citados: citados.length,
    // Para hacer una prueba de esta misma pregunta.
    citas: citados.map((b) => b.id),
    espera: cierre.pasar ? 'pasa' : cierre.mensajes.length ? 'responde' : 'no_contesta',
    datos: [
      ['Modo', ia ? modoDe(ia.salida.modo, ia.salida.modelo) : 'No hizo falta pensar'],
      ['Tardó', milisegundos(ensayo.latenciaMs)],
      ...(ia
        ? [
            [
              'Contexto',
              `${fechas.numero(ia.tokensPrompt)} tokens (aprox.) en ${fechas.cuantos(ia.mensajesPrompt, 'mensaje', 'mensajes')}`,
            ],
            ['Bloques a la vista', fechas.numero(bloques.length)],
            [
              'Tokens',
              `${fechas.numero(ia.salida.tokens_entrada)} de entrada, ${fechas.numero(ia.salida.tokens_salida)} de salida`,
            ],
            [
              'Costo',
              costoTexto(
                costoDe(e.precios, modeloCobrado(ia.salida, e), {
                  entrada: ia.salida.tokens_entrada,
                  salida: ia.salida.tokens_salida,
                }),
              ),
            ],
            ...(cierre.etiquetas?.length ? [['Etiquetas que pondría', cierre.etiquetas.join(', ')]] : []),
            ...(ia.salida.detalle ? [['Detalle', ia.salida.detalle]] : []),
          ]
        : []),
    ].map(([nombre, valor]) => ({ nombre, valor })),
  };
}

/** Más no caben en el contexto de nadie; la página no necesita más. */
const MAXIMO_BLOQUES = 120;

/** «cubre 80 % · búsqueda 0.42», o vacío si no se parece en nada a la pregunta. */
function puntajeDe({ cobertura, rango }: BloqueVisto): string {
  return [
    cobertura ? `cubre ${Math.round(cobertura * 100)} %` : '',
    rango ? `búsqueda ${rango.toFixed(2)}` : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

export function presentarFila(f: FilaAuditoria, e: Entorno) {
  const motivo = MOTIVOS[f.motivo] ?? { texto: f.motivo, tono: '' };
  const cursor = f.historial_id && f.fecha_hora ? `${f.fecha_hora}_${f.historial_id}` : '';
  const busca = cursor ? `?${new URLSearchParams({ mensaje: cursor })}` : '';
  const costo = costoDe(e.precios, modeloCobrado(f, e), {
    entrada: f.tokens_entrada,
    salida: f.tokens_salida,
  });
  return {
    ...f,
    quien: f.nombre || fechas.telefono(f.telefono) || 'Sin nombre',
    motivo,
    modo_texto: modoDe(f.modo, f.modelo),
    tokens: fechas.numero(f.tokens_entrada + f.tokens_salida),
    latencia: milisegundos(f.latencia_ms),
    costo: costoTexto(costo),
    dia: fechas.dia(f.creado, e.zona),
    hora: fechas.hora(f.creado, e.zona),
    chat: e.chat && `${e.chat}/${f.contacto_id}${busca}`,
    fuentes: f.fuentes.map((x) => ({
      ...x,
      titulo: x.titulo || `${x.contenido.slice(0, 57)}…`,
      ruta: e.conocimiento && `${e.conocimiento}/bloques/${x.id}`,
    })),
  };
}

/** La misma búsqueda con otra cosa puesta. */
export function consultaDe(filtros: ConsultaAuditoria, extra: Record<string, string> = {}): string {
  const q = new URLSearchParams();
  for (const [clave, valor] of Object.entries(filtros)) {
    if (clave !== 'antes' && typeof valor === 'string' && valor !== '') q.set(clave, valor);
  }
  for (const [clave, valor] of Object.entries(extra)) q.set(clave, valor);
  const texto = q.toString();
  return texto ? `?${texto}` : '';
}

/** El modelo que se paga: lo que gastó un proveedor que falló se cobra aunque haya contestado el modo local. */
function modeloCobrado(
  r: { modo: string; modelo: string | null; tokens_entrada: number },
  e: Entorno,
): string {
  if (r.modo === 'local' && r.tokens_entrada === 0) return 'local';
  return r.modelo ?? e.modelo ?? '';
}

export function modoDe(modo: string | null, modelo: string | null): string {
  if (modo === 'local') return 'Modo local';
  return modelo ?? (modo ? 'Modelo' : '');
}

export function milisegundos(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
