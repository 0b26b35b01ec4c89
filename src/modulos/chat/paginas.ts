import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import type { ChatAbierto, EtiquetaCatalogo, PaginaChats, PaginaMensajes } from './consultas.ts';
import type { RolMembresia } from '../../noras/membresia.ts';
import { FILTROS } from './esquemas.ts';
import type { Entorno, FilaMensaje } from './tipos.ts';
import { presentarContacto, presentarFila, presentarHallazgo, presentarNotaEquipo } from './presentar.ts';
import { presentarMensajes } from './presentar_mensajes.ts';
import { tonoEtiqueta } from './presentar_persona.ts';
import { ATAJOS_HORA, minimoLocal, presentarProgramado } from './presentar_equipo.ts';

/** Lo que se ve en la lista: viene de la dirección y se conserva al navegar. */
export interface Vista {
  filtro: (typeof FILTROS)[number];
  etiqueta: string;
  segmento: string;
  q: string;
}

const TITULOS: Record<string, string> = {
  todos: 'Todos',
  sin_leer: 'Sin leer',
  esperando: 'Esperan',
  mios: 'Mías',
  sin_asignar: 'Sin asignar',
  pospuestas: 'Pospuestas',
  resueltas: 'Resueltas',
};

/** Los filtros que van a la vista; los demás, en «Más». */
const A_LA_VISTA = new Set(['todos', 'sin_leer', 'esperando', 'mios']);

/** Dirección del chat de la nora, sin diagonal final. */
export function baseDe(req: Request): string {
  return `/panel_cliente/${req.nora.nombre_nora}/chat`;
}

/** Lo que presentar necesita saber de la petición. */
export function entornoDe(req: Request, catalogo: EtiquetaCatalogo[] = []): Entorno {
  return {
    base: baseDe(req),
    zona: req.nora.zona_horaria,
    usuarioId: req.usuario?.id ?? '',
    colores: Object.fromEntries(catalogo.map((e) => [e.nombre, e.color])),
    contestaSola: req.nora.modulos.has('ia') || req.nora.modulos.has('respuestas'),
    ads: req.nora.modulos.has('ads') && req.membresia !== 'agente' ? baseDe(req).replace(/chat$/, 'ads') : '',
    contactos: req.nora.modulos.has('contactos') ? baseDe(req).replace(/chat$/, 'contactos') : '',
    ahora: new Date(),
  };
}

/** Datos de la lista para las vistas. */
export function datosLista(req: Request, vista: Vista, pagina: PaginaChats, e: Entorno) {
  const filas = pagina.filas.map((f) => presentarFila(f, e));
  const ultima = pagina.hay_mas ? filas.at(-1) : undefined;
  const hallazgos = (pagina.mensajes ?? []).map((h) => presentarHallazgo(h, e));
  return {
    ...datosVista(req, vista, pagina.etiquetas ?? [], e),
    filas,
    hallazgos,
    conteos: pagina.conteos ?? null,
    segmentos: (pagina.segmentos ?? []).map((s) => ({
      texto: s.nombre,
      url: `${e.base}${consultaDe({ filtro: 'segmento', segmento: s.id, etiqueta: '', q: '' })}`,
      actual: vista.filtro === 'segmento' && vista.segmento === s.id,
    })),
    filtros: FILTROS.filter((f) => f !== 'etiqueta' && f !== 'segmento').map((clave) => ({
      aLaVista: A_LA_VISTA.has(clave),
      clave,
      texto: TITULOS[clave] ?? clave,
      url: `${e.base}${consultaDe({ ...vista, filtro: clave })}`,
      actual: vista.filtro === clave,
      cuenta: cuentaDe(clave, pagina),
    })),
    siguiente: ultima
      ? {
          pagina: `${e.base}${consultaDe(vista, { antes: ultima.cursor })}`,
          fragmento: `${e.base}/lista${consultaDe(vista, { antes: ultima.cursor })}`,
        }
      : null,
    vacia: filas.length + hallazgos.length === 0 ? vaciaDe(vista, e.base) : null,
  };
}

/** Lo de la lista que también usan la fila suelta y la ficha: filtros puestos y catálogo de etiquetas. */
export function datosVista(req: Request, vista: Vista, catalogo: EtiquetaCatalogo[], e: Entorno) {
  return {
    ...vista,
    sufijo: consultaDe(vista),
    etiquetas: catalogo.map((t) => ({
      texto: t.nombre,
      tono: tonoEtiqueta(t.nombre, e),
      url: `${baseDe(req)}${consultaDe({ filtro: 'etiqueta', etiqueta: t.nombre, segmento: '', q: '' })}`,
      actual: vista.filtro === 'etiqueta' && vista.etiqueta === t.nombre,
    })),
  };
}

/** Contacto abierto, sus mensajes y la clave con la que viajará lo que escriba quien no tiene JavaScript. */
export function datosChat(
  chat: ChatAbierto,
  mensajes: ReturnType<typeof datosMensajes>,
  e: Entorno,
  membresia: RolMembresia,
) {
  const equipo = chat.equipo.some((m) => m.id === e.usuarioId)
    ? chat.equipo
    : [{ id: e.usuarioId, nombre: 'Tú' }, ...chat.equipo];
  return {
    contacto: presentarContacto(
      chat.contacto,
      { noEnviar: chat.razon_no_enviar, silencio: chat.razon_silencio },
      chat.campos,
      e,
    ),
    equipo: equipo.map((m) => ({
      id: m.id,
      nombre: m.id === e.usuarioId ? 'Tú' : m.nombre,
      actual: m.id === chat.contacto.atendido_por && chat.contacto.ia_pausada,
    })),
    notasEquipo: chat.notas_equipo.map((n) => presentarNotaEquipo(n, e)),
    urlFicha: e.contactos && `${e.contactos}/${chat.contacto.id}`,
    programados: chat.programados.map((m) => presentarProgramado(m, e)),
    puedePlantilla: chat.razon_no_plantilla === null,
    puedeBorrar: membresia !== 'agente',
    atajosHora: ATAJOS_HORA,
    minimoLocal: minimoLocal(e),
    mensajes,
    clave: randomUUID(),
  };
}

/**
 * Página de mensajes. `hacia` dice por dónde se puede seguir: 'atras' (lo normal), 'adelante' (puesta al día) o
 * 'ambos' (se abrió en un mensaje hallado).
 */
export function datosMensajes(
  pagina: { mensajes: FilaMensaje[]; hay_mas: boolean },
  contacto: string,
  hacia: 'atras' | 'adelante' | 'ambos',
  e: Entorno,
  parcial = false,
) {
  const burbujas = presentarMensajes(pagina.mensajes, e);
  const primera = burbujas[0];
  const ultima = burbujas.at(-1);
  const anteriores = hacia === 'ambos' || (hacia === 'atras' && pagina.hay_mas) ? primera : undefined;
  const posteriores = hacia !== 'atras' && pagina.hay_mas ? ultima : undefined;
  const url = `${e.base}/${contacto}`;
  return {
    burbujas,
    parcial,
    anteriores: anteriores && {
      pagina: `${url}?${new URLSearchParams({ antes: anteriores.cursor })}`,
      fragmento: `${url}/mensajes?${new URLSearchParams({ antes: anteriores.cursor })}`,
    },
    posteriores: posteriores && {
      pagina: `${url}?${new URLSearchParams({ mensaje: posteriores.cursor })}`,
      fragmento: `${url}/mensajes?${new URLSearchParams({ despues: posteriores.cursor })}`,
    },
  };
}

/** Página sin nada, para cuando sólo se refrescan cabeza, redactor y ficha. */
export const SIN_MENSAJES: PaginaMensajes = { mensajes: [], hay_mas: false };

function consultaDe(vista: Vista, extra: Record<string, string> = {}): string {
  const q = new URLSearchParams();
  if (vista.filtro !== 'todos') q.set('filtro', vista.filtro);
  if (vista.filtro === 'etiqueta' && vista.etiqueta) q.set('etiqueta', vista.etiqueta);
  if (vista.filtro === 'segmento' && vista.segmento) q.set('segmento', vista.segmento);
  if (vista.q) q.set('q', vista.q);
  for (const [clave, valor] of Object.entries(extra)) q.set(clave, valor);
  const texto = q.toString();
  return texto ? `?${texto}` : '';
}

function cuentaDe(filtro: string, pagina: PaginaChats): string {
  const n =
    filtro === 'sin_leer'
      ? pagina.conteos?.sin_leer
      : filtro === 'esperando'
        ? pagina.conteos?.esperando
        : filtro === 'mios'
          ? pagina.conteos?.mios
          : 0;
  return n ? (n > 99 ? '99+' : String(n)) : '';
}

function vaciaDe(vista: Vista, base: string) {
  if (vista.q) {
    return {
      icono: 'search',
      titulo: 'Nada con eso',
      texto: `No hay conversaciones ni mensajes con «${vista.q}».`,
      url: base,
      accion: 'Ver todas',
    };
  }
  const textos: Record<string, [string, string]> = {
    sin_leer: ['Todo leído', 'Aquí aparece lo que nadie de tu equipo ha leído.'],
    esperando: ['Nadie está esperando', 'Cuando Nora no sepa algo o pidan a una persona, lo verás aquí.'],
    mios: ['No tienes conversaciones', 'Las que tomes o contestes se quedan contigo aquí.'],
    sin_asignar: [
      'Nada sin asignar',
      'Aquí está lo abierto que nadie de tu equipo tiene: lo que lleva Nora.',
    ],
    pospuestas: ['Nada pospuesto', 'Lo que pospongas vuelve solo a su hora, o antes si la persona escribe.'],
    resueltas: [
      'Nada resuelto todavía',
      'Al resolver una conversación se guarda aquí y Nora vuelve a atenderla.',
    ],
    etiqueta: ['Sin conversaciones', 'Ningún contacto tiene esta etiqueta todavía.'],
    segmento: ['Sin conversaciones', 'Nadie que haya escrito está ahora en este segmento.'],
  };
  const [titulo, texto] = textos[vista.filtro] ?? [
    'Aquí llegarán tus mensajes',
    'En cuanto alguien escriba al WhatsApp de tu nora, su conversación aparece en esta lista.',
  ];
  const url = vista.filtro === 'todos' ? '' : base;
  return { icono: 'inbox', titulo, texto, url, accion: url ? 'Ver todas' : '' };
}
