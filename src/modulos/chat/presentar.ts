import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { rutaDeMiniatura } from '../../ads/miniaturas.ts';
import { motivoTwilio } from '../../integraciones/codigos_twilio.ts';
import { partirExtracto, partirTexto, type Trozo } from './formato.ts';
import { claveDia, hora } from '../../web/fechas.ts';
import { cuando, falta, fechaCompleta, porVenir, tituloDia } from './tiempo.ts';

/** Filas como las devuelven las funciones del panel; los nombres son los de las columnas. */
export interface FilaContacto {
  id: string;
  nombre: string | null;
  telefono: string | null;
  mensaje_reciente: string | null;
  ultimo_mensaje: string | null;
  reciente_autor?: string | null;
  no_leidos: number;
  etiquetas: string[] | null;
  ia_activa: boolean;
  ia_pausada: boolean;
  espera_humano_desde: string | null;
  atendido_por: string | null;
  atendido_nombre?: string | null;
  reciente_usuario?: string | null;
  reciente_nombre?: string | null;
  bloqueado?: boolean;
  resuelto_en?: string | null;
  pospuesto_hasta?: string | null;
  /** Nunca ha escrito ni recibido nada. */
  sin_mensajes?: boolean;
}

export interface ContactoAbierto extends FilaContacto {
  id_whatsapp?: string | null;
  correo?: string | null;
  empresa?: string | null;
  notas?: string | null;
  imagen_perfil?: string | null;
  acepta_envios?: boolean | null;
  ventana_hasta: string | null;
  created_at: string;
  datos?: Record<string, unknown> | null;
  anuncio?: AnuncioContacto | null;
}

/** El anuncio por el que llegó; sin `nombre` no es de una cuenta conectada. */
export interface AnuncioContacto {
  id: string | null;
  cuando: string;
  titular: string | null;
  nombre: string | null;
  cuenta: string | null;
  campana: string | null;
  miniatura: string | null;
}

export interface FilaAdjunto {
  id: string;
  tipo: string | null;
  nombre: string | null;
  bytes: number | null;
  estado: string | null;
}

export interface FilaMensaje {
  id: string;
  fecha_hora: string;
  tipo: string;
  autor: string;
  mensaje: string | null;
  usuario_id?: string | null;
  usuario_nombre?: string | null;
  estado: string | null;
  error_codigo?: number | null;
  error_detalle?: string | null;
  adjuntos?: FilaAdjunto[] | null;
  referido?: Record<string, unknown> | null;
  respuesta_a?: string | null;
  cita?: FilaCita | null;
  /** Nombre de la plantilla con la que salió. */
  plantilla?: string | null;
  clave_cliente?: string | null;
  con_fuentes?: boolean;
}

/** El mensaje al que la persona contestó desde su WhatsApp. */
export interface FilaCita {
  id: string;
  fecha_hora: string;
  autor: string;
  usuario_id: string | null;
  usuario_nombre: string | null;
  texto: string;
}

export interface FilaHallazgo {
  id: string;
  contacto_id: string;
  nombre: string | null;
  telefono: string | null;
  fecha_hora: string;
  extracto: string;
}

export interface Fuentes {
  modo: string | null;
  modelo: string | null;
  latencia_ms: number | null;
  tokens_entrada: number | null;
  tokens_salida: number | null;
  motivo: string | null;
  pregunta: string | null;
  /** Copia de lo citado, tal como estaba al responder. */
  citados: { id: string; titulo: string | null; contenido: string }[] | null;
  /** Lo que tuvo delante y todavía existe. */
  dados: { id: string; titulo: string | null; contenido: string; citado: boolean }[] | null;
  /** Ids de lo citado que ya cambió o se borró. */
  cambiados: string[] | null;
}

export interface Entorno {
  base: string;
  zona: string;
  usuarioId: string;
  colores: Record<string, string>;
  /** La nora tiene encendido algo que conteste solo (IA o respuestas automáticas). */
  contestaSola: boolean;
  /** Dirección de sus anuncios, si quien mira puede abrirlos; vacía si no. */
  ads: string;
  ahora: Date;
}

export interface Marca {
  texto: string;
  tono: string;
  icono?: string;
}

export interface FilaVista {
  id: string;
  nombre: string;
  iniciales: string;
  tono: string;
  cuando: string;
  instante: string;
  prefijo: string;
  texto: string;
  noLeidos: number;
  espera: boolean;
  marcas: Marca[];
  cursor: string;
}

export interface AdjuntoVista {
  clase: 'imagen' | 'audio' | 'video' | 'documento';
  situacion: 'listo' | 'descargando' | 'fallido';
  url: string;
  nombre: string;
  tipo: string;
  peso: string;
}

export interface BurbujaVista {
  id: string;
  clase: 'contacto' | 'nora' | 'automatica' | 'persona' | 'envio' | 'nota' | 'aviso';
  cursor: string;
  dia: string;
  diaTitulo: string;
  abreDia: boolean;
  hora: string;
  instante: string;
  autor: string;
  trozos: Trozo[];
  adjuntos: AdjuntoVista[];
  clave: string;
  estado: string;
  palomita: { icono: string; texto: string; clase: string } | null;
  razon: string;
  reintentable: boolean;
  fuentes: boolean;
  anuncio: string;
  icono: string;
  cita: { autor: string; texto: string; id: string; url: string } | null;
  plantilla: string;
}

const TONOS = ['violeta', 'azul', 'cielo', 'verde', 'lima', 'ambar', 'naranja', 'rojo', 'rosa', 'gris'];

const PALOMITAS: Record<string, { icono: string; texto: string; clase: string }> = {
  pendiente: { icono: 'clock', texto: 'Pendiente de enviar', clase: 'pendiente' },
  enviando: { icono: 'clock', texto: 'Enviando', clase: 'pendiente' },
  enviado: { icono: 'check', texto: 'Enviado', clase: 'enviado' },
  entregado: { icono: 'check-check', texto: 'Entregado', clase: 'entregado' },
  leido: { icono: 'check-check', texto: 'Leído', clase: 'leido' },
  fallido: { icono: 'circle-alert', texto: 'No se envió', clase: 'fallido' },
  incierto: { icono: 'circle-question-mark', texto: 'No sabemos si llegó', clase: 'incierto' },
  omitido: { icono: 'ban', texto: 'No se envió', clase: 'omitido' },
};

const RESPONDE_SEGURO = new Set(['fallido', 'incierto']);

/** Fila de la lista: todo lo que la vista necesita, ya en palabras. */
export function presentarFila(fila: FilaContacto, e: Entorno): FilaVista {
  const nombre = nombreDe(fila);
  return {
    id: fila.id,
    nombre,
    iniciales: inicialesDe(nombre),
    tono: tonoDe(fila.id),
    cuando: fila.ultimo_mensaje && !fila.sin_mensajes ? cuando(fila.ultimo_mensaje, e.zona, e.ahora) : '',
    instante: fila.ultimo_mensaje ?? '',
    prefijo: prefijoDe(fila, e),
    texto: (fila.mensaje_reciente ?? '').replace(/\s+/g, ' ').slice(0, 160) || 'Sin mensajes todavía',
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
    iniciales: inicialesDe(nombre),
    tono: tonoDe(h.contacto_id),
    cuando: cuando(h.fecha_hora, e.zona, e.ahora),
    instante: h.fecha_hora,
    partes: partirExtracto(h.extracto),
    cursor: `${h.fecha_hora}_${h.id}`,
  };
}

/** Burbujas en orden de lectura, con la marca de dónde empieza cada día. */
export function presentarMensajes(filas: FilaMensaje[], e: Entorno): BurbujaVista[] {
  let dia = '';
  return filas.map((fila) => {
    const clave = claveDia(fila.fecha_hora, e.zona);
    const abreDia = clave !== dia;
    dia = clave;
    return presentarMensaje(fila, clave, abreDia, e);
  });
}

/** Cabeza, redactor y ficha del contacto abierto. */
export function presentarContacto(
  c: ContactoAbierto,
  razones: { noEnviar: string | null; silencio: string | null },
  e: Entorno,
) {
  const nombre = nombreDe(c);
  const ventana = c.ventana_hasta ? falta(c.ventana_hasta, e.ahora) : null;
  return {
    id: c.id,
    nombre,
    corto: nombre.startsWith('+') ? nombre : (nombre.split(/\s+/)[0] ?? nombre),
    iniciales: inicialesDe(nombre),
    tono: tonoDe(c.id),
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
    extras: extrasDe(c.datos),
    ventana: { hasta: c.ventana_hasta ?? '', falta: ventana },
    ...quienAtiende(c, razones.silencio, e),
    impedimento: impedimentoDe(razones.noEnviar, c),
  };
}

/** "¿De dónde salió?": lo que Nora citó, como estaba entonces, y lo demás que tuvo a la vista. */
export function presentarFuentes(f: Fuentes) {
  const cambiados = new Set(f.cambiados ?? []);
  const tokens = (f.tokens_entrada ?? 0) + (f.tokens_salida ?? 0);
  return {
    citados: (f.citados ?? []).map((b) => ({
      titulo: b.titulo ?? '',
      contenido: b.contenido,
      cambio: cambiados.has(b.id),
    })),
    vistos: (f.dados ?? [])
      .filter((b) => !b.citado)
      .map((b) => ({ titulo: b.titulo ?? '', contenido: b.contenido, cambio: false })),
    pregunta: f.pregunta ?? '',
    modo:
      f.modo === 'local'
        ? 'Modo local: tomado tal cual del conocimiento, sin modelo'
        : 'Redactado por el modelo con el conocimiento de Nora',
    modelo: f.modelo ?? '',
    latencia: f.latencia_ms === null ? '' : duracion(f.latencia_ms),
    tokens: tokens > 0 ? tokens.toLocaleString('es-MX') : '',
    motivo: MOTIVOS[f.motivo ?? ''] ?? '',
  };
}

const MOTIVOS: Record<string, string> = {
  respondida: 'Respondió',
  sin_evidencia: 'No encontró información suficiente',
  pasada_a_humano: 'Pasó la conversación a una persona',
  descartada: 'Se descartó porque llegó algo más nuevo',
  error: 'Hubo un error y se usó el modo local',
};

/** Color de una etiqueta: el suyo si es de la paleta, si no uno fijo por su nombre. */
export function tonoEtiqueta(nombre: string, e: Entorno): string {
  const color = e.colores[nombre] ?? '';
  return TONOS.includes(color) ? color : tonoDe(nombre.toLowerCase());
}

/** `+52 662 204 7718`; el `1` que WhatsApp agrega a los móviles de México no se muestra. */
export function telefonoDe(telefono: string | null | undefined): string {
  if (!telefono) return '';
  const limpio = telefono.replace(/^\+521(\d{10})$/, '+52$1');
  return parsePhoneNumberFromString(limpio)?.formatInternational() ?? limpio;
}

/** Peso legible de un archivo. */
export function pesoDe(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return '';
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1_048_576) return `${Math.round(bytes / 1024)} kB`;
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}

function presentarMensaje(fila: FilaMensaje, dia: string, abreDia: boolean, e: Entorno): BurbujaVista {
  const clase = claseDe(fila);
  const estado = fila.tipo === 'usuario' ? 'recibido' : (fila.estado ?? '');
  const texto = fila.mensaje ?? '';
  const adjuntos = (fila.adjuntos ?? []).map((a) => presentarAdjunto(a, e));
  const autor = autorDe(fila, e);
  return {
    id: fila.id,
    clase,
    cursor: `${fila.fecha_hora}_${fila.id}`,
    dia,
    diaTitulo: tituloDia(fila.fecha_hora, e.zona, e.ahora),
    abreDia,
    hora: hora(fila.fecha_hora, e.zona),
    instante: fila.fecha_hora,
    autor,
    trozos: partirTexto(texto),
    adjuntos,
    clave: fila.clave_cliente ?? '',
    estado,
    palomita: clase === 'aviso' ? null : (PALOMITAS[estado] ?? null),
    razon: razonDe(fila, estado),
    reintentable: RESPONDE_SEGURO.has(estado) && fila.autor !== 'sistema',
    fuentes: fila.con_fuentes === true,
    anuncio: clase === 'contacto' ? texto || adjuntos.map((a) => a.nombre).join(', ') : '',
    icono: iconoAviso(texto),
    cita: fila.cita ? presentarCita(fila.cita, e) : null,
    plantilla: fila.plantilla ?? '',
  };
}

function presentarCita(c: FilaCita, e: Entorno) {
  const texto = c.texto.replace(/\s+/g, ' ');
  const autor = c.autor === 'contacto' ? 'Su mensaje' : autorDe(c, e);
  return {
    id: c.id,
    autor: autor || 'Mensaje',
    texto: texto || 'Mensaje',
    url: `?mensaje=${encodeURIComponent(`${c.fecha_hora}_${c.id}`)}`,
  };
}

function presentarAdjunto(a: FilaAdjunto, e: Entorno): AdjuntoVista {
  const tipo = a.tipo ?? 'application/octet-stream';
  const estado = a.estado ?? 'listo';
  return {
    clase: tipo.startsWith('image/')
      ? 'imagen'
      : tipo.startsWith('audio/')
        ? 'audio'
        : tipo.startsWith('video/')
          ? 'video'
          : 'documento',
    situacion: estado === 'fallido' ? 'fallido' : estado === 'pendiente' ? 'descargando' : 'listo',
    url: `${e.base}/adjuntos/${a.id}`,
    nombre: a.nombre || nombrePorTipo(tipo),
    tipo,
    peso: pesoDe(a.bytes),
  };
}

function nombrePorTipo(tipo: string): string {
  if (tipo.startsWith('image/')) return 'Imagen';
  if (tipo.startsWith('audio/')) return 'Audio';
  if (tipo.startsWith('video/')) return 'Video';
  return tipo === 'application/pdf' ? 'Documento.pdf' : 'Documento';
}

function claseDe(fila: FilaMensaje): BurbujaVista['clase'] {
  if (fila.autor === 'sistema') return 'aviso';
  if (fila.tipo === 'usuario') return 'contacto';
  if (fila.autor === 'ia') return 'nora';
  if (fila.autor === 'automatica') return 'automatica';
  if (fila.autor === 'envio') return 'envio';
  return fila.autor === 'nota' ? 'nota' : 'persona';
}

function autorDe(fila: Pick<FilaMensaje, 'autor' | 'usuario_id' | 'usuario_nombre'>, e: Entorno): string {
  if (fila.autor === 'ia') return 'Nora';
  if (fila.autor === 'automatica') return 'Respuesta automática';
  if (fila.autor === 'envio') return 'Envío';
  if (fila.autor === 'humano' || fila.autor === 'nota') {
    if (fila.usuario_id && fila.usuario_id === e.usuarioId) return 'Tú';
    return fila.usuario_nombre?.split(/\s+/)[0] ?? 'Tu equipo';
  }
  return '';
}

function razonDe(fila: FilaMensaje, estado: string): string {
  if (estado === 'incierto') {
    return 'Se cortó la conexión justo al enviarlo y WhatsApp no confirmó. Si lo reenvías, podría llegarle dos veces.';
  }
  if (estado !== 'fallido' && estado !== 'omitido') return '';
  if (fila.error_detalle) return IMPEDIMENTOS[fila.error_detalle]?.texto ?? fila.error_detalle;
  if (estado === 'omitido') return 'Alguien del equipo respondió antes.';
  return motivoTwilio(fila.error_codigo ?? null);
}

function iconoAviso(texto: string): string {
  if (/resolvi|reabri/i.test(texto)) return 'circle-check';
  if (/pospu|de vuelta la/i.test(texto)) return 'clock';
  if (/asignó|pasó la/i.test(texto)) return 'user-check';
  if (/devolvi|nora responde|encend/i.test(texto)) return 'sparkles';
  if (/bloque/i.test(texto)) return 'ban';
  if (/tom[óo]|persona|espera/i.test(texto)) return 'hand';
  return 'info';
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

export function primerNombre(nombre: string | null | undefined): string {
  return nombre?.trim().split(/\s+/)[0] || 'Equipo';
}

function duracion(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
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
          : (SILENCIOS[silencio ?? ''] ?? (c.ia_pausada ? 'Nora en pausa' : sola)),
  };
}

/** Por qué no se le puede escribir a alguien, y qué hacer. Las claves son las de `razon_no_enviar`. */
export const IMPEDIMENTOS: Record<string, { titulo: string; texto: string }> = {
  suspendida: {
    titulo: 'Esta nora está suspendida',
    texto: 'Mientras lo esté no se envía nada. Habla con quien administra tu cuenta.',
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

export function nombreDe(c: { nombre: string | null; telefono: string | null }): string {
  return c.nombre?.trim() || telefonoDe(c.telefono) || 'Sin nombre';
}

function inicialesDe(nombre: string): string {
  if (/^[+\d]/.test(nombre)) return nombre.replace(/\D/g, '').slice(-2);
  const palabras = nombre.split(/\s+/).filter((p) => /^[\p{L}\p{N}]/u.test(p));
  const [una, otra] = [palabras[0] ?? nombre, palabras.length > 1 ? palabras[palabras.length - 1] : ''];
  return `${primeraLetra(una) || '?'}${primeraLetra(otra ?? '')}`.toUpperCase();
}

/** Por punto de código: media letra no se puede dibujar. */
function primeraLetra(palabra: string): string {
  return String.fromCodePoint(...(palabra ? [palabra.codePointAt(0) ?? 63] : []));
}

/** Tono fijo para una llave: la misma persona o etiqueta, siempre el mismo color. */
export function tonoDe(llave: string): string {
  let suma = 0;
  for (const letra of llave) suma = (suma * 31 + (letra.codePointAt(0) ?? 0)) >>> 0;
  return TONOS[suma % (TONOS.length - 1)] ?? 'gris';
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

function extrasDe(datos: Record<string, unknown> | null | undefined): { nombre: string; valor: string }[] {
  return Object.entries(datos ?? {})
    .filter(([, v]) => typeof v === 'string' || typeof v === 'number')
    .slice(0, 8)
    .map(([nombre, valor]) => ({ nombre: nombre.replace(/_/g, ' '), valor: String(valor) }));
}
