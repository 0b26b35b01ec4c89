import type { ClienteBd } from '../datos/base_de_datos.ts';
import type { Json } from '../datos/tipos.ts';
import type { Bloque } from '../ia/conocimiento.ts';
import type { EtiquetaIA, Turno } from '../ia/contexto_ia.ts';
import type { PlantillaTwilio } from '../integraciones/twilio_plantillas.ts';

/** Un mensaje entrante ya limpio, como lo espera `recibir_mensajes`. */
export interface MensajeEntrante {
  sid: string;
  to: string;
  telefono: string | null;
  bsuid: string | null;
  cuerpo: string;
  perfil: string | null;
  adjuntos: { url: string; tipo: string }[] | null;
  referido: Record<string, string> | null;
  respuesta_a: string | null;
  /** Lo que vino y no se guarda en ninguna columna: los proveedores agregan parámetros sin avisar. */
  crudo: Record<string, string> | null;
  /** Cuándo se dijo (ISO), sólo si se repone tarde; sin ella, ahora. */
  fecha?: string;
  /** De lo que se repone: si ya lo contestó alguien. Sin ella lo dice el libro. */
  atendido?: boolean;
}

/** Qué pasó con un mensaje entrante. `i` es su lugar en el grupo. */
export interface Recibido {
  i: number;
  r: 'nuevo' | 'repetido' | 'ocupado' | 'sin_nora' | 'veneno';
  id: string | null;
  c: string | null;
  nora: string | null;
  e?: string;
}

/** El derecho temporal a trabajar un carril de un contacto. */
export interface TurnoCarril {
  contacto_id: string;
  nombre_nora: string;
  /** Ficha nueva en cada reclamo: quien la perdió ya no puede escribir. */
  arrendado_por: string;
  vuelta: number;
  intentos: number;
}
export type Carril = 'respuesta' | 'salida';

export interface Reclamo {
  t: TurnoCarril[];
  sigue: string;
  proximo_ms: number | null;
}

export interface MensajeRafaga {
  id: string;
  texto: string;
  fecha: string;
  sid: string | null;
  tipos: string[] | null;
}

/** Todo lo que decide una rafaga, leído en una sola foto (`contexto_rafaga`). */
export interface ContextoRafaga {
  epoca: number;
  pendiente: boolean;
  silencio: string | null;
  modulo_ia: boolean;
  modulo_respuestas: boolean;
  nora: {
    nombre_nora: string;
    nombre_visible: string;
    personalidad: string | null;
    instrucciones: string | null;
    mensaje_bienvenida: string | null;
    modo_respuesta: 'flexible' | 'estricto';
    modelo_ia: string | null;
    zona_horaria: string;
    horario: Record<string, unknown>;
    tope_tokens_dia: number;
    palabras_pase: string[];
    mensaje_fuera_de_tema: string | null;
  };
  contacto: {
    id: string;
    nombre: string | null;
    telefono: string | null;
    bienvenida_en: string | null;
    espera_humano_desde: string | null;
    motivo_espera: string | null;
    acepta_envios: boolean | null;
  };
  rafaga: MensajeRafaga[];
  turnos: Turno[];
  conocimiento: Bloque[];
  regla: {
    id: string;
    respuesta: string;
    disparador: string;
    horario: 'siempre' | 'dentro' | 'fuera';
    adjunto: { id: string; tipo: string; nombre: string | null } | null;
  } | null;
  /** Las que la IA puede ponerle y aún no tiene; vacío con el módulo apagado. */
  etiquetas_ia: EtiquetaIA[];
  /** El aviso de que está cerrado, sólo si toca decirlo: una vez por persona y por periodo cerrado. */
  fuera_horario: string | null;
  /** Lo que Nora le dijo en la última hora, con IA o con reglas. */
  respuestas_hora: number;
  /** Por qué un mensaje de Nora no podría salir ahora (`razon_no_enviar`); null si puede. */
  no_se_puede: string | null;
  ultimos: { autor: string; texto: string; fecha: string }[];
  tokens_hoy: number;
  ahora: string;
}

/** Lo que se guarda al cerrar una rafaga (`cerrar_rafaga`). */
export interface CierreRafaga {
  resultado: 'respondida' | 'regla' | 'bienvenida' | 'preferencia' | 'pasada_a_humano' | 'silencio';
  motivo: string;
  /** `adjunto`: id del archivo de una regla; viaja en ese mismo mensaje. */
  mensajes: { texto: string; autor: 'ia' | 'automatica'; adjunto?: string }[];
  /** Qué debe seguir siendo cierto al guardar. */
  exige: 'ia' | 'reglas' | 'silencio' | 'nada';
  pasar?: boolean;
  pausar?: boolean;
  motivo_espera?: string;
  bienvenida?: boolean;
  aviso_cierre?: boolean;
  acepta_envios?: boolean;
  regla_id?: string;
  /** Las que propuso la IA; la base pone sólo las permitidas. */
  etiquetas?: string[];
  ia?: Record<string, Json>;
}

export interface Guardado {
  r: 'guardada' | 'descartada' | 'ajena';
  ids?: string[];
  nora?: string;
  /** Las que la IA puso. */
  etiquetas?: string[];
}

export type SiguienteEnvio =
  | { r: 'ajena' | 'vacio' | 'otra' }
  | { r: 'omitido'; id: string }
  | { r: 'impedido'; id: string; razon: string; nora: string }
  | {
      r: 'dudoso';
      id: string;
      texto: string;
      desde: string;
      edad_ms: number;
      de: string;
      para: string;
      nora: string;
    }
  | {
      r: 'envia';
      id: string;
      texto: string;
      autor: string;
      de: string;
      para: string;
      nora: string;
      intentos: number;
      adjuntos: { id: string; tipo: string; nombre: string | null }[];
      /** Sale como plantilla aprobada, aunque la ventana esté cerrada. */
      plantilla: { sid: string; nombre: string; variables: Record<string, string> } | null;
    };

export interface AvisoEstado {
  id: string | null;
  sid: string | null;
  estado: string;
  /** El estado nuestro, o null si Twilio inventó uno que no conocemos. */
  nuestro: 'enviado' | 'entregado' | 'leido' | 'fallido' | null;
  codigo: number | null;
  detalle: string | null;
  /** Número de la nora que envió. */
  numero: string;
  crudo: Record<string, string>;
}

export interface EstadoCambiado {
  id: string;
  contacto_id: string;
  nora: string;
  estado: string;
}

export interface AdjuntoPendiente {
  id: string;
  nombre_nora: string;
  historial_id: string | null;
  contacto_id: string | null;
  tipo: string;
  origen_url: string;
  intentos: number;
}

/** Pide la función `f` y devuelve su jsonb con la forma que la migración promete. */
async function pedir<T>(
  bd: ClienteBd,
  f: string,
  argumentos: Record<string, unknown>,
  senal?: AbortSignal,
): Promise<T> {
  // Los tipos generados dan Json a todo jsonb; la forma exacta la fija la migración y la prueban los tests.
  const consulta = bd.rpc(f as never, argumentos as never);
  const { data } = await (senal ? consulta.abortSignal(senal) : consulta).throwOnError();
  return data as unknown as T;
}

export const recibirMensajes = (
  bd: ClienteBd,
  mensajes: MensajeEntrante[],
  esperaMs: number,
  esperarCandado: boolean,
  senal: AbortSignal,
): Promise<Recibido[]> =>
  pedir(
    bd,
    'recibir_mensajes',
    { p: mensajes, p_espera_ms: esperaMs, p_espera_candado: esperarCandado },
    senal,
  );

/** Lo perdido de una persona, con su fecha, en una transacción y esperando su candado. */
export const reponerMensajes = (
  bd: ClienteBd,
  mensajes: MensajeEntrante[],
  esperaMs: number,
  senal: AbortSignal,
): Promise<Recibido[]> => pedir(bd, 'reponer_mensajes', { p: mensajes, p_espera_ms: esperaMs }, senal);

export const reclamarTurnos = (
  bd: ClienteBd,
  p: { carril: Carril; maximo: number; porNora: number; desde: string; arriendoMs: number },
): Promise<Reclamo> =>
  pedir(bd, 'reclamar_turnos', {
    p_carril: p.carril,
    p_max: p.maximo,
    p_por_nora: p.porNora,
    p_desde: p.desde,
    p_arriendo_ms: p.arriendoMs,
  });

export const terminarTurno = (
  bd: ClienteBd,
  carril: Carril,
  t: TurnoCarril,
): Promise<'fin' | 'sigue' | 'ajena'> =>
  pedir(bd, 'terminar_turno', {
    p_contacto: t.contacto_id,
    p_carril: carril,
    p_ficha: t.arrendado_por,
    p_vuelta: t.vuelta,
  });

export const reprogramarTurno = (
  bd: ClienteBd,
  carril: Carril,
  t: TurnoCarril,
  ms: number,
  error: string,
): Promise<boolean> =>
  pedir(bd, 'reprogramar_turno', {
    p_contacto: t.contacto_id,
    p_carril: carril,
    p_ficha: t.arrendado_por,
    p_ms: Math.round(ms),
    p_error: error,
  });

export const renovarTurnos = (
  bd: ClienteBd,
  fichas: { contacto: string; carril: Carril; ficha: string }[],
  arriendoMs: number,
): Promise<string[]> => pedir(bd, 'renovar_turnos', { p: fichas, p_arriendo_ms: arriendoMs });

export const leerContextoRafaga = (
  bd: ClienteBd,
  contacto: string,
  tokensConocimiento: number,
  tokensHistorial: number,
): Promise<ContextoRafaga | null> =>
  pedir(bd, 'contexto_rafaga', {
    p_contacto: contacto,
    p_tokens_conocimiento: tokensConocimiento,
    p_tokens_historial: tokensHistorial,
  });

export const guardarRespuesta = (
  bd: ClienteBd,
  t: TurnoCarril,
  epoca: number,
  cierre: CierreRafaga,
): Promise<Guardado> =>
  pedir(bd, 'cerrar_rafaga', {
    p: { ...cierre, contacto: t.contacto_id, ficha: t.arrendado_por, epoca },
  });

export const rendirse = (bd: ClienteBd, t: TurnoCarril, error: string): Promise<string> =>
  pedir(bd, 'rendirse', { p_contacto: t.contacto_id, p_ficha: t.arrendado_por, p_error: error });

export const siguienteEnvio = (bd: ClienteBd, t: TurnoCarril, arriendoMs: number): Promise<SiguienteEnvio> =>
  pedir(bd, 'siguiente_envio', {
    p_contacto: t.contacto_id,
    p_ficha: t.arrendado_por,
    p_arriendo_ms: arriendoMs,
  });

export const envioAceptado = (bd: ClienteBd, id: string, sid: string): Promise<boolean> =>
  pedir(bd, 'envio_aceptado', { p_id: id, p_sid: sid });

export const envioRechazado = (
  bd: ClienteBd,
  id: string,
  estado: 'fallido' | 'incierto' | 'pendiente',
  codigo: number | null,
  detalle: string,
): Promise<boolean> =>
  pedir(bd, 'envio_rechazado', { p_id: id, p_estado: estado, p_codigo: codigo, p_detalle: detalle });

export const registrarEstados = (
  bd: ClienteBd,
  avisos: AvisoEstado[],
  guardarHuerfanos: boolean,
  senal: AbortSignal,
): Promise<EstadoCambiado[]> =>
  pedir(bd, 'registrar_estados', { p: avisos, p_huerfanos: guardarHuerfanos }, senal);

/** De lo que entró a un número, los sid que su nora no tiene y debería: ni borrados ni de antes de que el número fuera suyo. */
export const mensajesFaltantes = (
  bd: ClienteBd,
  nora: string,
  mensajes: { sid: string; para: string; fecha: Date }[],
): Promise<string[]> => pedir(bd, 'mensajes_faltantes', { p_nora: nora, p: mensajes });

/** Hasta dónde está repuesto lo de una cuenta de Twilio; null si nunca se ha mirado. */
export const conciliadaHasta = (bd: ClienteBd, cuenta: string): Promise<string | null> =>
  pedir(bd, 'conciliada_hasta', { p_cuenta: cuenta });

export const marcarConciliada = (bd: ClienteBd, cuenta: string, alDia: Date): Promise<void> =>
  pedir(bd, 'marcar_conciliada', { p_cuenta: cuenta, p_al_dia: alDia.toISOString() });

export const credencialesCifradas = (bd: ClienteBd, nora: string): Promise<string | null> =>
  pedir(bd, 'credenciales_nora', { p_nora: nora });

export const norasConCredenciales = (
  bd: ClienteBd,
  desde: string,
): Promise<{ nombre_nora: string; numero_nora: string }[]> =>
  pedir(bd, 'noras_con_credenciales', { p_desde: desde });

export const reclamarAdjuntos = (bd: ClienteBd, n: number): Promise<AdjuntoPendiente[]> =>
  pedir(bd, 'reclamar_adjuntos', { p_n: n });

export const adjuntoListo = (
  bd: ClienteBd,
  id: string,
  datos: { ruta: string; bytes: number; sha256: string; tipo: string; nombre: string | null },
): Promise<boolean> => pedir(bd, 'adjunto_listo', { p_id: id, p: datos });

export const adjuntoFallido = (
  bd: ClienteBd,
  id: string,
  error: string,
  reintentarMs: number | null,
): Promise<boolean> =>
  pedir(bd, 'adjunto_fallido', { p_id: id, p_error: error, p_reintentar_ms: reintentarMs });

/** Mensajes programados que ya entraron al carril de salida, y cuánto falta para el siguiente. */
export const sacarProgramados = (
  bd: ClienteBd,
): Promise<{
  hechos: { contacto_id: string; nora: string; id: string; estado: 'enviado' | 'impedido' }[];
  proximo_ms: number | null;
}> => pedir(bd, 'sacar_programados', { p_n: 50 });

export const despertarPospuestas = (
  bd: ClienteBd,
): Promise<{ hechos: { contacto_id: string; nora: string }[]; proximo_ms: number | null }> =>
  pedir(bd, 'despertar_pospuestas', { p_n: 100 });

/** `nora` null: las de la cuenta global, para las noras que la usan. */
export const guardarPlantillas = (
  bd: ClienteBd,
  nora: string | null,
  plantillas: PlantillaTwilio[],
): Promise<number> => pedir(bd, 'guardar_plantillas', { p_nora: nora, p: plantillas });

export const apuntarFalloPlantillas = (bd: ClienteBd, nora: string | null, error: string): Promise<void> =>
  pedir(bd, 'fallo_plantillas', { p_nora: nora, p_error: error });

/** Suelta lo subido y nunca enviado; devuelve las rutas que faltan por borrar del almacén. */
export const soltarAdjuntos = (bd: ClienteBd): Promise<string[]> =>
  pedir(bd, 'soltar_adjuntos', { p_n: 500 });

export const rutasPorBorrar = (bd: ClienteBd): Promise<string[]> =>
  pedir(bd, 'rutas_por_borrar', { p_n: 500 });

export const rutasBorradas = (bd: ClienteBd, rutas: string[]): Promise<void> =>
  pedir(bd, 'rutas_borradas', { p_rutas: rutas });
