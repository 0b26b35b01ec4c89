import { motivoTwilio } from '../../integraciones/twilio_codigos.ts';
import { partirTexto } from './formato.ts';
import { claveDia, hora } from '../../web/fechas.ts';
import { tituloDia } from './tiempo.ts';
import { IMPEDIMENTOS, SIN_CONTENIDO } from './presentar.ts';
import type {
  AdjuntoVista,
  BurbujaVista,
  Entorno,
  FilaAdjunto,
  FilaCita,
  FilaMensaje,
  Fuentes,
} from './tipos.ts';

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
    trozos:
      clase === 'contacto' && !texto.trim() && adjuntos.length === 0
        ? [{ tipo: 'cursiva', texto: SIN_CONTENIDO }]
        : partirTexto(texto),
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
    const porque = fila.error_detalle ?? 'Se cortó la conexión justo al enviarlo y WhatsApp no confirmó.';
    return `${porque} Si lo reenvías, podría llegarle dos veces.`;
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

function duracion(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
