import type { ClienteBd } from '../../datos/base_de_datos.ts';
import { llamar } from '../../datos/llamar.ts';
import type { Cursor } from '../../web/cursor.ts';
import type { FilaPlantilla, FilaProgramado } from './presentar_equipo.ts';
import type { FilaMensaje } from './tipos.ts';

export const PAGINA_PROGRAMADOS = 50;

export async function asignarContacto(
  bd: ClienteBd,
  contacto: string,
  a: string,
  usuario: string,
): Promise<{ r: 'asignado' | 'igual' | 'desconocido' } | null> {
  return llamar(bd, 'asignar_contacto', { p_contacto: contacto, p_a: a, p_usuario: usuario });
}

export async function resolverContacto(bd: ClienteBd, contacto: string, usuario: string): Promise<unknown> {
  return llamar(bd, 'resolver_contacto', { p_contacto: contacto, p_usuario: usuario });
}

export async function reabrirContacto(bd: ClienteBd, contacto: string, usuario: string): Promise<unknown> {
  return llamar(bd, 'reabrir_contacto', { p_contacto: contacto, p_usuario: usuario });
}

/** `cuando` vacío la trae de vuelta ya. */
export async function posponerContacto(
  bd: ClienteBd,
  contacto: string,
  cuando: string,
  usuario: string,
): Promise<{ r: string } | null> {
  return llamar(bd, 'posponer_contacto', { p_contacto: contacto, p_cuando: cuando, p_usuario: usuario });
}

/** Nota interna en el hilo: la propia tabla impide que salga. */
export async function anotarHilo(
  bd: ClienteBd,
  p: { contacto: string; texto: string; clave: string; usuario: string },
): Promise<{ r: 'guardado' | 'repetido'; ids: string[] } | null> {
  return llamar(bd, 'anotar_hilo', {
    p_contacto: p.contacto,
    p_texto: p.texto,
    p_clave: p.clave,
    p_usuario: p.usuario,
  });
}

export async function programarMensaje(
  bd: ClienteBd,
  p: {
    contacto: string;
    texto: string;
    textos: string[];
    adjuntos: string[];
    cuando: string;
    clave: string;
    usuario: string;
  },
): Promise<{ r: string; id?: string } | null> {
  return llamar(bd, 'programar_mensaje', { p });
}

/** Los que faltan por salir en toda la nora, por hora. */
export async function listarProgramados(bd: ClienteBd, despues?: Cursor): Promise<FilaProgramado[]> {
  return llamar(bd, 'listar_programados', {
    p_antes: despues?.fecha ?? null,
    p_antes_id: despues?.id ?? null,
    p_n: PAGINA_PROGRAMADOS + 1,
  });
}

export async function abrirProgramado(bd: ClienteBd, id: string): Promise<FilaProgramado | null> {
  return llamar(bd, 'abrir_programado', { p_id: id });
}

export async function editarProgramado(
  bd: ClienteBd,
  id: string,
  p: { texto: string; textos: string[]; cuando: string },
  usuario: string,
): Promise<{ r: string } | null> {
  return llamar(bd, 'editar_programado', { p_id: id, p, p_usuario: usuario });
}

export async function cancelarProgramado(
  bd: ClienteBd,
  id: string,
  usuario: string,
): Promise<{ r: 'cancelado' | 'tarde' } | null> {
  return llamar(bd, 'cancelar_programado', { p_id: id, p_usuario: usuario });
}

export async function listarPlantillas(
  bd: ClienteBd,
): Promise<{ plantillas: FilaPlantilla[]; sincronizada: string | null; error: string | null }> {
  return llamar(bd, 'listar_plantillas', {});
}

export async function enviarPlantilla(
  bd: ClienteBd,
  p: {
    contacto: string | null;
    telefono: string | null;
    nombre: string;
    plantilla: string;
    variables: Record<string, string>;
    cuando: string;
    clave: string;
    usuario: string;
  },
): Promise<{ r: string; ids?: string[]; contacto?: string; razon?: string; variables?: string[] } | null> {
  return llamar(bd, 'enviar_plantilla', { p });
}

/** Una página del hilo, de lo viejo a lo nuevo, con lo que Nora citó. */
export async function exportarChat(
  bd: ClienteBd,
  contacto: string,
  p: { despues?: Cursor | undefined; notas: boolean; n: number },
): Promise<{ mensajes: MensajeExportado[]; hay_mas: boolean } | null> {
  return llamar(bd, 'exportar_chat', {
    p_contacto: contacto,
    p_despues: p.despues?.fecha ?? null,
    p_despues_id: p.despues?.id ?? null,
    p_n: p.n,
    p_notas: p.notas,
  });
}

export interface MensajeExportado extends FilaMensaje {
  modo_ia: string | null;
  fuentes: { titulo: string | null; contenido: string }[] | null;
}

/** Borra a la persona en todas partes si lo tecleado es su teléfono. */
export async function borrarPersona(
  bd: ClienteBd,
  contacto: string,
  confirma: string,
  usuario: string,
): Promise<{ r: 'borrada' | 'no_coincide'; mensajes?: number; archivos?: number } | null> {
  return llamar(bd, 'borrar_persona', { p_contacto: contacto, p_confirma: confirma, p_usuario: usuario });
}
