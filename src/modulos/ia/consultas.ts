import type { ClienteBd } from '../../datos/base_de_datos.ts';
import { llamar } from '../../datos/llamar.ts';
import type { Json } from '../../datos/tipos.ts';
import type { Impedimento } from '../../ia/ensayo.ts';
import type { Prueba } from '../../ia/pruebas.ts';
import type { ConsultaAuditoria, CuerpoPrueba } from './esquemas.ts';

export interface Ajustes {
  nombre_visible: string;
  personalidad: string | null;
  instrucciones: string | null;
  modo_respuesta: 'flexible' | 'estricto';
  modelo_ia: string | null;
  ia_activa: boolean;
  horario: unknown;
  zona_horaria: string;
  palabras_pase: string[];
  mensaje_fuera_de_tema: string | null;
  mensaje_fuera_horario: string | null;
  reanudar_ia_horas: number;
  exige_pruebas: boolean;
  foto_perfil: string | null;
  tope_tokens_dia: number;
  tokens_hoy: number;
  /** Cambia con lo que se edita en el formulario: detecta a dos personas guardando a la vez. */
  huella: string;
  /** Pruebas activas. */
  pruebas: number;
  ultimo: { quien: string | null; cuando: string } | null;
}

export type PruebaListada = Omit<Prueba, 'citas'> & {
  activa: boolean;
  citas: { id: string; titulo: string; falta: boolean }[];
  /** Del último resultado que vale; null si nunca ha corrido. */
  paso: boolean | null;
  fallas: string[] | null;
};

export interface Corrida {
  id: string;
  estado: 'pendiente' | 'corriendo' | 'terminada' | 'fallida';
  con_cambio: boolean;
  resumen: string | null;
  publicacion: 'esperando' | 'publicada' | 'confirmada' | 'descartada' | null;
  impedimento: Impedimento | null;
  error: string | null;
  total: number;
  hechas: number;
  pasadas: number;
  rotas: number;
  creado: string;
  terminado: string | null;
  quien: string | null;
  publico: string | null;
  detenida: boolean;
}

export interface Resultado {
  id: string;
  prueba_id: string;
  prueba: PruebaListada;
  paso: boolean | null;
  antes: boolean | null;
  fallas: string[];
  respuesta: string | null;
  resultado: string | null;
  motivo: string | null;
  modo: string | null;
  modelo: string | null;
  fuentes: { id: string; titulo: string }[];
  tokens: number;
  latencia_ms: number;
  existe: boolean;
}

export type CorridaAbierta = Corrida & {
  cambio: { op: string; datos?: Record<string, unknown> }[] | null;
  anterior: { id: string; creado: string } | null;
  resultados: Resultado[];
};

export interface ListaPruebas {
  exige_pruebas: boolean;
  pruebas: PruebaListada[];
  bloques: { id: string; titulo: string }[];
  corridas: Corrida[];
}

export interface FilaAuditoria {
  id: string;
  creado: string;
  pregunta: string | null;
  modo: 'openai' | 'local';
  modelo: string | null;
  motivo: string;
  detalle: string | null;
  tokens_entrada: number;
  tokens_salida: number;
  latencia_ms: number;
  dados: number;
  fuentes: { id: string; titulo: string; contenido: string }[];
  contacto_id: string;
  nombre: string | null;
  telefono: string | null;
  historial_id: string | null;
  respuesta: string | null;
  fecha_hora: string | null;
  estado: string | null;
}

export interface Costos {
  hoy: string;
  mes: string;
  desde: string | null;
  tope: number;
  filas: {
    dia: string;
    modelo: string;
    uso: string;
    tokens_entrada: number;
    tokens_salida: number;
    llamadas: number;
  }[];
  anterior: { modelo: string; tokens_entrada: number; tokens_salida: number; llamadas: number }[];
}

export async function leerAjustes(bd: ClienteBd): Promise<Ajustes | null> {
  return llamar(bd, 'leer_ajustes_ia', {});
}

/** Cambia sólo lo que venga. `cambiado`: otra persona guardó en medio. */
export async function guardarAjustes(
  bd: ClienteBd,
  p: Record<string, Json>,
  usuario: string,
): Promise<{ r: 'guardado'; cambios: string[] } | { r: 'cambiado'; quien: string | null } | null> {
  return llamar(bd, 'guardar_ajustes_ia', { p, p_usuario: usuario });
}

export async function listarPruebas(bd: ClienteBd): Promise<ListaPruebas> {
  return llamar(bd, 'listar_pruebas', {});
}

export async function guardarPrueba(
  bd: ClienteBd,
  p: CuerpoPrueba & { id?: string },
  usuario: string,
): Promise<{ r: 'guardada' | 'repetida'; id: string } | { r: 'demasiadas' } | null> {
  return llamar(bd, 'guardar_prueba', { p, p_usuario: usuario });
}

export async function borrarPrueba(bd: ClienteBd, id: string, usuario: string): Promise<unknown> {
  return llamar(bd, 'borrar_prueba', { p_id: id, p_usuario: usuario });
}

export async function abrirCorrida(bd: ClienteBd, id: string): Promise<CorridaAbierta | null> {
  return llamar(bd, 'abrir_corrida', { p_id: id });
}

export async function reintentarCorrida(bd: ClienteBd, id: string): Promise<Corrida | null> {
  return llamar(bd, 'reintentar_corrida', { p_id: id });
}

export async function publicarCambio(
  bd: ClienteBd,
  id: string,
  usuario: string,
): Promise<{ r: 'publicado' } | { r: 'impedido'; op: string; motivo: string } | null> {
  return llamar(bd, 'publicar_cambio', { p_id: id, p_usuario: usuario, p_confirmado: true });
}

export async function descartarCambio(bd: ClienteBd, id: string, usuario: string): Promise<boolean> {
  return llamar(bd, 'descartar_cambio', { p_id: id, p_usuario: usuario });
}

export async function auditar(
  bd: ClienteBd,
  { antes, ...filtros }: ConsultaAuditoria,
  n: number,
): Promise<{ filas: FilaAuditoria[]; hay_mas: boolean; modelos: string[] }> {
  const puestos = Object.fromEntries(Object.entries(filtros).filter(([, v]) => v !== ''));
  return llamar(bd, 'auditar_respuestas', {
    p: { ...puestos, n, ...(antes && { antes: antes.fecha, antes_id: antes.id }) },
  });
}

export async function leerCostos(bd: ClienteBd, dia: string | null): Promise<Costos> {
  return llamar(bd, 'costos_ia', { p_dia: dia });
}

/** Quita el renglón de una foto que ya no está puesta; devuelve la ruta de su archivo, o null si no había qué quitar. */
export async function olvidarFoto(bd: ClienteBd, id: string): Promise<string | null> {
  return llamar(bd, 'olvidar_foto', { p_id: id });
}
