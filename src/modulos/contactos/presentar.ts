import { formatearTelefono } from '../../mensajes/telefono.ts';
import * as fechas from '../../web/fechas.ts';
import type { Borrado, Campo, FilaContacto, Lote } from './consultas.ts';
import type { Duplicado, FichaContacto, Nota, RenglonLinea } from './consultas_ficha.ts';

export interface Entorno {
  base: string;
  zona: string;
  usuario: string;
  colores: Map<string, string>;
  ahora: Date;
}

/** Renglón de la lista, ya en palabras. */
export function presentarFila(f: FilaContacto, e: Entorno) {
  // Quien se dio de alta a mano entra con la fecha de hoy, para tenerlo a la vista, pero nadie ha escrito nada.
  const callado = f.sin_mensajes || f.mensaje_reciente === null;
  const telefono = formatearTelefono(f.telefono);
  return {
    id: f.id,
    nombre: f.nombre ?? telefono,
    conNombre: f.nombre !== null,
    telefono,
    detalle: [f.correo, f.empresa].filter(Boolean).join(' · '),
    foto: f.imagen_perfil,
    etiquetas: f.etiquetas.map((t) => ({ texto: t, tono: e.colores.get(t) ?? 'gris' })),
    mensaje: f.mensaje_reciente ?? '',
    cuando: callado ? 'Sin mensajes' : fechas.hace(f.ultimo_mensaje, e.ahora, e.zona),
    instante: f.sin_mensajes ? '' : f.ultimo_mensaje,
    noLeidos: f.no_leidos,
    marcas: marcasDe(f),
    url: `${e.base}/${f.id}`,
  };
}

function marcasDe(f: FilaContacto): { icono: string; texto: string; tono: string }[] {
  const marcas = [];
  if (f.bloqueado) marcas.push({ icono: 'ban', texto: 'Bloqueado', tono: 'rojo' });
  if (f.espera_humano_desde) marcas.push({ icono: 'hand', texto: 'Espera a alguien', tono: 'ambar' });
  if (f.atendido_nombre)
    marcas.push({
      icono: 'user-check',
      texto: `La tiene ${f.atendido_nombre.split(/\s+/)[0]}`,
      tono: 'gris',
    });
  if (!f.ia_activa) marcas.push({ icono: 'bot-off', texto: 'Nora apagada', tono: 'gris' });
  if (f.acepta_envios === true) marcas.push({ icono: 'check', texto: 'Acepta envíos', tono: 'verde' });
  if (f.acepta_envios === false) marcas.push({ icono: 'bell-off', texto: 'Pidió BAJA', tono: 'rojo' });
  if (f.anuncio_titulo) marcas.push({ icono: 'megaphone', texto: 'De un anuncio', tono: 'gris' });
  return marcas;
}

/** Valor de un campo propio como va en su control: la fecha en ISO, el número sin comas. */
export function valorCampo(datos: Record<string, unknown>, campo: Campo): string {
  const v = datos[campo.clave];
  return typeof v === 'string' || typeof v === 'number' ? String(v) : '';
}

/** Lo que la ficha dibuja además del formulario. */
export function presentarFicha(f: FichaContacto, e: Entorno) {
  const { contacto: c } = f;
  const fila = presentarFila(c, e);
  return {
    ...fila,
    nombrePropio: c.nombre ?? '',
    corto: c.nombre?.split(/\s+/)[0] ?? fila.telefono,
    oculto: c.telefono === null,
    otrosTelefonos: f.telefonos.map((t) => formatearTelefono(t)).filter((t) => t !== fila.telefono),
    iaActiva: c.ia_activa,
    bloqueado: c.bloqueado,
    atiende: c.atendido_nombre,
    espera: c.espera_humano_desde ? (c.motivo_espera ?? 'Espera a una persona') : '',
    mensajes: c.mensajes,
    mensajesTexto:
      c.mensajes === 0
        ? 'Sin mensajes'
        : `${fechas.cuantos(c.mensajes, 'mensaje', 'mensajes')} · ${fila.cuando}`,
    desde: fechas.fecha(c.created_at, e.zona),
    anuncio: c.anuncio_titulo ?? '',
    resumen: f.resumen && {
      ...f.resumen,
      cuando: fechas.hace(f.resumen.creado, e.ahora, e.zona),
      origen:
        f.resumen.modo === 'openai'
          ? `Escrito por el modelo${f.resumen.modelo ? ` ${f.resumen.modelo}` : ''}`
          : 'Sin modelo de IA: son palabras y frases tomadas tal cual de la conversación',
      nuevos: Math.max(0, c.mensajes - f.resumen.mensajes),
    },
    uniones: f.uniones.map((u) => ({
      id: u.id,
      texto: `${u.origen_nombre ?? 'Otra ficha'} se unió aquí ${fechas.hace(u.creada, e.ahora, e.zona)}${u.quien ? `, por ${u.quien}` : ''}`,
    })),
  };
}

export function presentarDuplicados(lista: readonly Duplicado[], e: Entorno) {
  return lista.map((d) => ({ ...presentarFila(d, e), razon: RAZONES[d.razon] ?? 'Se parecen' }));
}

export const RAZONES: Record<string, string> = {
  telefono: 'Mismo teléfono con otra lada',
  correo: 'Mismo correo',
  nombre: 'Mismo nombre',
};

export function presentarNota(n: Nota, e: Entorno, manda: boolean) {
  const mia = n.usuario_id === e.usuario;
  return {
    id: n.id,
    texto: n.texto,
    autor: mia ? 'Tú' : (n.autor ?? 'Alguien que ya no está'),
    cuando: `${fechas.dia(n.created_at, e.zona, e.ahora)}, ${fechas.hora(n.created_at, e.zona)}`,
    instante: n.created_at,
    editada: n.editada,
    mia,
    borrable: mia || manda,
  };
}

const AUTORES: Record<string, string> = {
  contacto: 'Escribió',
  ia: 'Nora respondió',
  automatica: 'Respuesta automática',
  humano: 'Respondió',
  envio: 'Se le mandó un envío',
};
const ORIGENES: Record<string, string> = {
  regla: ' (por regla)',
  ia: ' (la IA)',
  importacion: ' (al importar)',
  lote: ' (en bloque)',
  deshacer: ' (al deshacer)',
  catalogo: ' (cambio en el catálogo)',
};
const CAMPOS: Record<string, string> = {
  nombre: 'nombre',
  telefono: 'teléfono',
  correo: 'correo',
  empresa: 'empresa',
  notas: 'descripción',
  acepta_envios: 'permiso de envíos',
  datos: 'campos propios',
};

/** Un renglón de la línea de tiempo. */
export function presentarRenglon(r: RenglonLinea, e: Entorno) {
  const base = {
    id: r.id,
    instante: r.cuando,
    dia: fechas.dia(r.cuando, e.zona, e.ahora),
    hora: fechas.hora(r.cuando, e.zona),
    cursor: `${r.cuando}_${r.id}`,
    quien: r.quien ?? '',
  };
  if (r.clase === 'nota')
    return {
      ...base,
      icono: 'sticky-note',
      titulo: `${r.quien ?? 'Alguien'} dejó una nota`,
      texto: r.texto ?? '',
    };
  if (r.clase === 'aviso')
    return { ...base, icono: iconoAviso(r.texto ?? ''), titulo: r.texto ?? '', texto: '' };
  if (r.clase === 'mensaje') {
    const adjuntos = r.adjuntos ? ` · ${r.adjuntos === 1 ? 'un archivo' : `${r.adjuntos} archivos`}` : '';
    const quien =
      r.autor === 'humano' && r.quien ? `${r.quien} respondió` : (AUTORES[r.autor ?? ''] ?? 'Mensaje');
    const fallo = r.estado === 'fallido' ? ' · no se envió' : r.estado === 'omitido' ? ' · no salió' : '';
    return {
      ...base,
      icono:
        r.autor === 'contacto'
          ? 'message-circle'
          : r.autor === 'ia'
            ? 'sparkles'
            : r.autor === 'automatica'
              ? 'zap'
              : 'reply',
      titulo: quien + adjuntos + fallo,
      texto: r.texto ?? '',
    };
  }
  return { ...base, ...eventoDe(r) };
}

function eventoDe(r: RenglonLinea): { icono: string; titulo: string; texto: string } {
  const d = r.detalle ?? {};
  const quien = r.quien ?? 'Alguien';
  const otra = typeof d['nombre'] === 'string' ? d['nombre'] : 'otra persona';
  const lista = (v: unknown): string => (Array.isArray(v) ? v.map((x) => `«${String(x)}»`).join(', ') : '');
  switch (r.tipo) {
    case 'etiquetas': {
      const origen = ORIGENES[String(d['origen'])] ?? '';
      const partes = [
        lista(d['puestas']) && `Se puso ${lista(d['puestas'])}`,
        lista(d['quitadas']) && `Se quitó ${lista(d['quitadas'])}`,
      ]
        .filter(Boolean)
        .join(' · ');
      return { icono: 'tag', titulo: `${partes}${origen}`, texto: r.quien ? `Por ${r.quien}` : '' };
    }
    case 'datos':
      return {
        icono: 'pencil',
        titulo: `${quien} cambió ${Object.keys((d['cambios'] ?? {}) as object)
          .map((c) => CAMPOS[c] ?? c)
          .join(', ')}`,
        texto: '',
      };
    case 'creado':
      return {
        icono: 'user-plus',
        titulo: d['origen'] === 'importacion' ? 'Llegó en una importación' : `${quien} creó la ficha`,
        texto: '',
      };
    case 'union':
      return {
        icono: 'users',
        titulo: `${quien} unió aquí la ficha de ${otra}`,
        texto: '',
      };
    case 'separacion':
      return {
        icono: 'rotate-ccw',
        titulo: `${quien} separó esta ficha de la de ${otra}`,
        texto: '',
      };
    case 'resumen':
      return { icono: 'file-text', titulo: `${quien} pidió un resumen de la conversación`, texto: '' };
    case 'recuperado':
      return { icono: 'rotate-ccw', titulo: 'La ficha se había borrado y se recuperó', texto: '' };
    default:
      return { icono: 'info', titulo: 'Cambio en la ficha', texto: '' };
  }
}

function iconoAviso(texto: string): string {
  if (/devolvi|encend/i.test(texto)) return 'sparkles';
  if (/bloque/i.test(texto)) return 'ban';
  return /tom[óo]/i.test(texto) ? 'hand' : 'info';
}

const BOTONES: Record<Lote['estado'], string> = {
  haciendo: 'Detener y deshacer',
  hecho: 'Deshacer',
  deshaciendo: '¿No avanza? Reanudar',
  deshecho: '',
};

/** Un renglón de «Borrados»: de quién se trata, quién lo borró, en qué va y qué botón le toca. */
export function presentarBorrado(l: Borrado, e: Entorno) {
  const nombres = l.nombres.map((n) => (n?.startsWith('+') ? formatearTelefono(n) : n)).filter(Boolean);
  const otros = l.cambiados - nombres.length;
  const estados: Record<Lote['estado'], string> = {
    haciendo: 'Borrando',
    hecho: l.recuperables ? '' : 'Borrado para siempre',
    deshaciendo: 'Recuperando',
    deshecho: 'Recuperado',
  };
  return {
    url: `${e.base}/lotes/${l.id}`,
    titulo: nombres.length === 0 ? fechas.cuantos(l.cambiados, 'contacto', 'contactos') : nombres.join(', '),
    otros: nombres.length > 0 && otros > 0 ? `y ${fechas.cuantos(otros, 'más', 'más')}` : '',
    detalle: `${l.quien ?? 'Alguien del equipo'} · ${fechas.hace(l.creado, e.ahora, e.zona)}`,
    hasta: fechas.corta(Date.parse(l.creado) + 30 * 86_400_000, e.zona),
    estado: estados[l.estado],
    boton: l.recuperables || l.estado === 'deshaciendo' ? BOTONES[l.estado] : '',
  };
}

/** El aviso de un lote: qué se hizo, cuánto va y si se puede deshacer. */
export function presentarLote(l: Lote, base: string) {
  const n = fechas.numero(l.cambiados);
  const personas = l.cambiados === 1 ? 'contacto' : 'contactos';
  const hecho: Record<Lote['accion'], string> = {
    etiquetar: `«${l.valor.etiqueta}» puesta a ${n} ${personas}`,
    desetiquetar: `«${l.valor.etiqueta}» quitada a ${n} ${personas}`,
    ia: l.valor.si
      ? `Nora encendida para ${n} ${personas}: contestará desde su siguiente mensaje`
      : `Nora apagada para ${n} ${personas}`,
    bloquear: l.valor.si ? `${n} ${personas} con bloqueo` : `${n} ${personas} sin bloqueo`,
    borrar:
      l.cambiados === 1
        ? 'Se borró 1 contacto con su conversación'
        : `Se borraron ${n} contactos con sus conversaciones`,
  };
  const enCurso = l.estado === 'haciendo' || l.estado === 'deshaciendo';
  const sinCambio = l.total - l.cambiados;
  const perdidos = l.estado === 'deshecho' ? l.cambiados - l.regresados : 0;
  const detalle =
    perdidos > 0
      ? `Menos ${fechas.cuantos(perdidos, 'persona que se borró', 'personas que se borraron')} para siempre.`
      : l.estado === 'hecho' && sinCambio > 0 && l.accion !== 'borrar'
        ? `${fechas.numero(sinCambio)} ya estaban así.`
        : '';
  const texto =
    l.estado === 'haciendo'
      ? `Van ${fechas.numero(l.hechos)} de ${fechas.numero(l.total)} contactos…`
      : l.estado === 'deshaciendo'
        ? `Deshaciendo: ${fechas.numero(l.regresados)} de ${n}…`
        : l.estado === 'deshecho'
          ? 'Listo, todo quedó como estaba.'
          : hecho[l.accion];
  return {
    id: l.id,
    url: `${base}/lotes/${l.id}`,
    enCurso,
    texto,
    detalle,
    avance: l.estado === 'deshaciendo' ? l.regresados : l.hechos,
    total: Math.max(1, l.estado === 'deshaciendo' ? l.cambiados : l.total),
    // Deshacer a medias también se reanuda: si el servidor se apagó, nadie más lo va a terminar.
    boton: l.cambiados > 0 ? BOTONES[l.estado] : '',
    borrado: l.accion === 'borrar',
  };
}
