import type { ClienteBd } from '../../datos/base_de_datos.ts';

/** Un día del resumen, en la zona de la nora. */
export interface DiaMensajes {
  /** `2026-11-20` */
  dia: string;
  recibidos: number;
  /** Respuestas de Nora. */
  ia: number;
}

export interface Pendiente {
  tipo: 'espera' | 'fallido' | 'sin_respuesta';
  contacto_id?: string;
  nombre?: string | null;
  telefono?: string | null;
  texto: string | null;
  /** Código de Twilio, sólo en `fallido`. */
  codigo?: number | string | null;
  desde: string;
  /** Cuántas personas, sólo en `sin_respuesta`. */
  n?: number;
}

/** Lo que devuelve `panel_inicio`: todo el inicio en una llamada. */
export interface Inicio {
  nora: {
    nombre_visible: string;
    numero_nora: string | null;
    ia_activa: boolean;
    modo_respuesta: string;
    personalidad_lista: boolean;
    foto_perfil: string | null;
    credenciales_propias?: boolean;
    created_at?: string;
  };
  cifras: {
    sin_leer: number;
    esperan: number;
    contactos: number;
    nuevos_hoy: number;
    bloques: number;
    sin_respuesta: number;
    reglas: number;
    usos_reglas?: number;
    etiquetas: number;
    segmentos?: number;
    /** De las respuestas de IA de la semana, cuántas citan su fuente; null si no hubo. */
    ia_con_fuente_pct: number | null;
    respondidos_hoy: number;
    recibidos_hoy: number;
    fallidos: number;
  };
  dias: DiaMensajes[] | null;
  pendientes: Pendiente[];
  miembros: { nombre: string; correo: string; rol: string }[];
  ultimo_recibido: string | null;
  ultima_ia: {
    modo: string;
    modelo: string | null;
    latencia_ms: number | null;
    cuando: string;
    motivo: string | null;
  } | null;
  mensaje_prueba: boolean;
  /** null sin el módulo de anuncios. Gasto de los últimos siete días completos, por moneda. */
  ads: {
    cuentas: number;
    demo: boolean | null;
    ultima: string | null;
    mal: { nombre: string; estado: string; expira: string | null; n: number } | null;
    gasto: { moneda: string; gasto: number }[];
    por_aprobar: number;
  } | null;
}

/** Todo lo que el inicio muestra de la nora del token; null si la nora ya no existe. */
export async function leerInicio(bd: ClienteBd, usuarioId: string): Promise<Inicio | null> {
  const { data } = await bd.rpc('panel_inicio', { p_usuario: usuarioId }).throwOnError();
  return data as unknown as Inicio | null;
}

/** Conversaciones con mensajes sin leer. */
export async function contarSinLeer(bd: ClienteBd): Promise<number> {
  const { count } = await bd
    .from('contactos')
    .select('id', { count: 'exact', head: true })
    .gt('no_leidos', 0)
    .throwOnError();
  return count ?? 0;
}
