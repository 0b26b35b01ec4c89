import * as fechas from '../../web/fechas.ts';
import { rutaDeMiniatura } from '../../ads/miniaturas.ts';
import { partirExtracto } from './formato.ts';
import { cuando, falta, fechaCompleta, porVenir } from './tiempo.ts';
import { nombreDe, primerNombre, telefonoDe, tonoEtiqueta } from './presentar_persona.ts';
import type {
  AnuncioContacto,
  CampoPropio,
  ContactoAbierto,
  Entorno,
  FilaContacto,
  FilaHallazgo,
  FilaVista,
  Marca,
  NotaEquipo,
} from './tipos.ts';

/** WhatsApp tiene mensajes que Twilio entrega vacíos (encuestas, pedidos, llamadas): que se vea que algo llegó. */
export const SIN_CONTENIDO = 'Mensaje que sólo se puede ver en WhatsApp';

/** Fila de la lista: todo lo que la vista necesita, ya en palabras. */
export function presentarFila(fila: FilaContacto, e: Entorno): FilaVista {
  const nombre = nombreDe(fila);
  return {
    id: fila.id,
    nombre,
    cuando:
      fila.ultimo_mensaje && !fila.sin_mensajes && fila.mensaje_reciente !== null
        ? cuando(fila.ultimo_mensaje, e.zona, e.ahora)
        : '',
    instante: fila.ultimo_mensaje ?? '',
    prefijo: prefijoDe(fila, e),
    texto:
      (fila.mensaje_reciente ?? '').replace(/\s+/g, ' ').slice(0, 160) ||
      (fila.sin_mensajes || fila.mensaje_reciente === null ? 'Sin mensajes todavía' : SIN_CONTENIDO),
    noLeidos: fila.no_leidos,
    espera: fila.espera_humano_desde !== null,
    marcas: marcasDe(fila, e),
    cursor: fila.ultimo_mensaje ? `${fila.ultimo_mensaje}_${fila.id}` : '',
  };
}

/** Resultado de búsqueda en el texto de los mensajes: lleva al mensaje. */
export function presentarHallazgo(h: FilaHallazgo, e: Entorno) {
  const nombre = nombreDe(h);
  return {
    contacto: h.contacto_id,
    nombre,
    cuando: cuando(h.fecha_hora, e.zona, e.ahora),
    instante: h.fecha_hora,
    partes: partirExtracto(h.extracto),
    cursor: `${h.fecha_hora}_${h.id}`,
  };
}

/** Cabeza, redactor y ficha del contacto abierto. */
export function presentarContacto(
  c: ContactoAbierto,
  razones: { noEnviar: string | null; silencio: string | null },
  campos: readonly CampoPropio[],
  e: Entorno,
) {
  const nombre = nombreDe(c);
  const ventana = c.ventana_hasta ? falta(c.ventana_hasta, e.ahora) : null;
  return {
    id: c.id,
    nombre,
    corto: nombre.startsWith('+') ? nombre : (nombre.split(/\s+/)[0] ?? nombre),
    telefono: telefonoDe(c.telefono) || 'Número oculto por WhatsApp',
    nombreGuardado: c.nombre ?? '',
    correo: c.correo ?? '',
    empresa: c.empresa ?? '',
    notas: c.notas ?? '',
    desde: fechaCompleta(c.created_at, e.zona),
    etiquetas: (c.etiquetas ?? []).map((t) => ({ texto: t, tono: tonoEtiqueta(t, e) })),
    bloqueado: c.bloqueado === true,
    aceptaEnvios: c.acepta_envios !== false,
    noLeidos: c.no_leidos,
    resuelta: Boolean(c.resuelto_en),
    pospuesta: c.pospuesto_hasta ? porVenir(c.pospuesto_hasta, e.zona, e.ahora) : '',
    atendidoPor: c.atendido_por ?? '',
    espera: c.espera_humano_desde ? cuando(c.espera_humano_desde, e.zona, e.ahora) : '',
    anuncio: c.anuncio ? presentarAnuncio(c.anuncio, e) : null,
    extras: extrasDe(c.datos, campos),
    ventana: { hasta: c.ventana_hasta ?? '', falta: ventana },
    ...quienAtiende(c, razones.silencio, e),
    impedimento: impedimentoDe(razones.noEnviar, c),
  };
}

function prefijoDe(fila: FilaContacto, e: Entorno): string {
  switch (fila.reciente_autor) {
    case 'ia':
      return 'Nora: ';
    case 'automatica':
      return 'Automática: ';
    case 'envio':
      return 'Envío: ';
    case 'humano':
      if (fila.reciente_usuario)
        return fila.reciente_usuario === e.usuarioId ? 'Tú: ' : `${primerNombre(fila.reciente_nombre)}: `;
      // Lo anterior a saberse quién: lo más probable es quien la tiene.
      return fila.atendido_por === e.usuarioId ? 'Tú: ' : `${primerNombre(fila.atendido_nombre)}: `;
    default:
      return '';
  }
}

function marcasDe(fila: FilaContacto, e: Entorno): Marca[] {
  const marcas: Marca[] = [];
  if (fila.bloqueado) marcas.push({ texto: 'Bloqueado', tono: 'rojo', icono: 'ban' });
  if (fila.espera_humano_desde) marcas.push({ texto: 'Espera a alguien', tono: 'ambar', icono: 'hand' });
  if (fila.resuelto_en) marcas.push({ texto: 'Resuelta', tono: 'verde', icono: 'circle-check' });
  if (fila.pospuesto_hasta)
    marcas.push({
      texto: `Hasta ${porVenir(fila.pospuesto_hasta, e.zona, e.ahora)}`,
      tono: 'azul',
      icono: 'clock',
    });
  if (fila.atendido_por) {
    const mio = fila.atendido_por === e.usuarioId;
    const quien = mio ? 'La tienes tú' : `La tiene ${primerNombre(fila.atendido_nombre)}`;
    marcas.push({ texto: quien, tono: mio ? 'violeta' : 'gris', icono: 'user-check' });
  } else if (!fila.ia_activa) marcas.push({ texto: 'IA apagada', tono: 'gris', icono: 'bot-off' });
  else if (fila.ia_pausada) marcas.push({ texto: 'IA en pausa', tono: 'gris', icono: 'pause' });
  for (const etiqueta of (fila.etiquetas ?? []).slice(0, 3)) {
    marcas.push({ texto: etiqueta, tono: tonoEtiqueta(etiqueta, e) });
  }
  const demas = (fila.etiquetas ?? []).length - 3;
  if (demas > 0) marcas.push({ texto: `+${demas}`, tono: 'gris' });
  return marcas;
}

// Las claves son las de `razon_silencio`.
const SILENCIOS: Record<string, string> = {
  suspendida: 'nora suspendida',
  bloqueado: 'bloqueado',
  ia_apagada_nora: 'Nora está apagada para todos',
  ia_apagada: 'Nora apagada aquí',
  espera_persona: 'espera a una persona',
  baja: 'pidió no recibir mensajes',
};

/** Quién contesta ahora. `tomada` = hay algo que devolverle a Nora. */
function quienAtiende(c: ContactoAbierto, silencio: string | null, e: Entorno) {
  const mio = c.atendido_por !== null && c.atendido_por === e.usuarioId;
  const deQuien = mio ? 'la tienes tú' : `la tiene ${primerNombre(c.atendido_nombre)}`;
  const sola = e.contestaSola ? 'responde Nora' : 'responde tu equipo';
  // Nora puede seguir contestando lo que sabe, pero lo que urge es que alguien la espera: en un celular no cabe otra marca.
  const libre = c.espera_humano_desde ? 'espera a alguien' : sola;
  return {
    iaActiva: c.ia_activa,
    mio,
    tomada: !c.bloqueado && (c.atendido_por !== null || c.ia_pausada),
    estadoTexto: c.bloqueado
      ? 'bloqueado'
      : c.resuelto_en
        ? 'resuelta'
        : c.atendido_por
          ? deQuien
          : (SILENCIOS[silencio ?? ''] ?? (c.ia_pausada ? 'Nora en pausa' : libre)),
  };
}

/** Por qué no se le puede escribir a alguien, y qué hacer. Las claves son las de `razon_no_enviar`. */
export const IMPEDIMENTOS: Record<string, { titulo: string; texto: string }> = {
  suspendida: {
    titulo: 'Esta nora está suspendida',
    texto: 'Mientras lo esté no se envía nada. Habla con quien administra tu cuenta.',
  },
  modulo_apagado: {
    titulo: 'El chat estaba apagado',
    texto: 'A su hora el módulo de chat no estaba activo, así que el mensaje programado no salió.',
  },
  sin_numero: {
    titulo: 'Falta el número de WhatsApp',
    texto:
      'Esta nora todavía no tiene un número desde el cual escribir. Pídelo a quien administra tu cuenta.',
  },
  bloqueado: {
    titulo: 'Bloqueaste a este contacto',
    texto: 'Desbloquéalo en su ficha para volver a escribirle.',
  },
  baja: {
    titulo: 'Pidió no recibir mensajes',
    texto: 'Escribió BAJA. Podrás escribirle cuando mande ALTA.',
  },
  ventana_cerrada: {
    titulo: 'Se cerró la ventana de 24 horas',
    texto:
      'WhatsApp sólo deja responder dentro de las 24 horas de su último mensaje. Usa una plantilla aprobada, o espera a que te escriba.',
  },
  programado_roto: {
    titulo: 'El mensaje programado ya no se puede enviar',
    texto: 'Su archivo se borró o está incompleto. Escríbelo de nuevo.',
  },
  plantilla_no_aprobada: {
    titulo: 'La plantilla ya no está aprobada',
    texto: 'WhatsApp la retiró o la pausó. Elige otra.',
  },
};

function impedimentoDe(razon: string | null, c: ContactoAbierto) {
  if (!razon) return null;
  if (razon === 'ventana_cerrada' && !c.ventana_hasta) {
    return {
      clave: razon,
      titulo: 'Todavía no te ha escrito',
      texto: 'WhatsApp no deja empezar con texto libre: empieza con una plantilla aprobada.',
    };
  }
  const dicho = IMPEDIMENTOS[razon] ?? {
    titulo: 'No se le puede escribir',
    texto: 'Recarga la página e inténtalo de nuevo.',
  };
  return { clave: razon, ...dicho };
}

/** Los campos propios con valor, con su nombre y en su orden; al final lo guardado de un campo que ya no existe. */
function extrasDe(
  datos: Record<string, unknown> | null | undefined,
  campos: readonly CampoPropio[],
): { nombre: string; valor: string }[] {
  const tipos = new Map(campos.map((c) => [c.clave, c]));
  const sueltas = Object.keys(datos ?? {}).filter((clave) => !tipos.has(clave));
  return [...tipos.keys(), ...sueltas].slice(0, 40).flatMap((clave) => {
    const valor = datos?.[clave];
    if (typeof valor !== 'string' && typeof valor !== 'number') return [];
    const campo = tipos.get(clave);
    const dicho =
      typeof valor === 'number' ? String(valor) : campo?.tipo === 'fecha' ? fechaDe(valor) : valor;
    return [{ nombre: campo?.titulo ?? clave.replace(/_/g, ' '), valor: dicho }];
  });
}

/** Un día civil no tiene zona: se lee en la suya para que no se corra al anterior. */
function fechaDe(dia: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(dia) ? fechas.fecha(`${dia}T00:00:00Z`, 'UTC') : dia;
}

/** Una nota de la ficha, con quién y cuándo. */
export function presentarNotaEquipo(n: NotaEquipo, e: Entorno) {
  return {
    id: n.id,
    texto: n.texto,
    autor: n.usuario_id === e.usuarioId ? 'Tú' : (n.autor ?? 'Alguien que ya no está'),
    cuando: cuando(n.created_at, e.zona, e.ahora),
    instante: n.created_at,
  };
}

function presentarAnuncio(a: AnuncioContacto, e: Entorno) {
  const nombre = a.nombre ?? a.titular ?? 'Un anuncio';
  return {
    nombre,
    titular: a.titular && a.titular !== nombre ? a.titular : '',
    campana: a.campana ?? '',
    cuando: cuando(a.cuando, e.zona, e.ahora),
    instante: a.cuando,
    miniatura: a.id ? rutaDeMiniatura(e.ads, a.id, a.miniatura) : null,
    ruta: e.ads && a.id && a.cuenta ? `${e.ads}/anuncios/${encodeURIComponent(a.id)}?cuenta=${a.cuenta}` : '',
  };
}
