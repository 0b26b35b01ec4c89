import * as fechas from '../../web/fechas.ts';
import type { NombreIcono } from '../../web/iconos.ts';
import type { MensajeSimulado } from './almacen.ts';

/** Quien escribe la primera vez que se abre el teléfono. */
export const PERSONA_INICIAL = '+5216625550123';

/** Lo que se prueba más seguido, a un toque. Varios textos salen seguidos, como escribe la gente. */
export const ATAJOS: readonly { titulo: string; textos: readonly string[] }[] = [
  { titulo: '¿Cuánto cuesta un corte?', textos: ['¿Cuánto cuesta un corte?'] },
  { titulo: '¿A qué hora abren?', textos: ['¿A qué hora abren?'] },
  { titulo: 'Tres mensajes seguidos', textos: ['Hola', 'tengo una duda', '¿tienen lugar el sábado?'] },
  { titulo: 'Pedir una persona', textos: ['Quiero hablar con una persona, por favor'] },
  { titulo: 'BAJA', textos: ['BAJA'] },
  { titulo: 'ALTA', textos: ['ALTA'] },
];

interface Palomita {
  icono: NombreIcono;
  clase: 'espera' | 'gris' | 'azul' | 'mal';
  texto: string;
}

export interface BurbujaSimulada {
  sid: string;
  /** 'yo' es la persona del teléfono; 'nora', quien le contesta. */
  clase: 'yo' | 'nora';
  texto: string;
  hora: string;
  instante: string;
  palomita: Palomita;
  fallo: string | null;
  medios: { ruta: string; nombre: string; clase: 'imagen' | 'audio' | 'video' | 'archivo' }[];
}

/** La conversación por días, del más viejo al más nuevo. */
export function presentarHilo(
  mensajes: readonly MensajeSimulado[],
  zona: string,
): { clave: string; titulo: string; burbujas: BurbujaSimulada[] }[] {
  const dias: { clave: string; titulo: string; burbujas: BurbujaSimulada[] }[] = [];
  for (const m of mensajes) {
    const clave = fechas.claveDia(m.creado, zona);
    if (dias.at(-1)?.clave !== clave) dias.push({ clave, titulo: fechas.dia(m.creado, zona), burbujas: [] });
    dias.at(-1)?.burbujas.push(presentarMensaje(m, zona));
  }
  return dias;
}

/** Número escrito para leerse, nombre si la nora ya lo conoce e iniciales. */
export function presentarPersonas(numeros: readonly string[], nombres: ReadonlyMap<string, string>) {
  return numeros.map((numero) => {
    const nombre = nombres.get(numero) ?? '';
    return {
      numero,
      nombre,
      legible: fechas.telefono(numero),
      iniciales: iniciales(nombre) || numero.replace(/\D/g, '').slice(-2),
    };
  });
}

function presentarMensaje(m: MensajeSimulado, zona: string): BurbujaSimulada {
  return {
    sid: m.sid,
    clase: m.direccion === 'entrante' ? 'yo' : 'nora',
    texto: m.cuerpo,
    hora: fechas.hora(m.creado, zona),
    instante: m.creado,
    palomita: m.direccion === 'entrante' ? palomitaMia(m.estado) : palomitaDeNora(m.estado),
    fallo: m.direccion === 'entrante' && m.estado === 'failed' ? 'Nora no lo recibió.' : null,
    medios: m.medios.map((medio) => ({
      ruta: `/simulador/mensajes/${m.sid}/medios/${medio.sid}`,
      nombre: medio.nombre,
      clase: claseDe(medio.tipo),
    })),
  };
}

function palomitaMia(estado: string): Palomita {
  if (estado === 'received') return { icono: 'check-check', clase: 'azul', texto: 'Nora lo guardó' };
  if (estado === 'failed') return { icono: 'circle-alert', clase: 'mal', texto: 'Nora no lo recibió' };
  return { icono: 'clock', clase: 'espera', texto: 'Enviando' };
}

// Del lado de la persona WhatsApp no enseña palomitas de lo ajeno; aquí sí, para ver lo que Nora verá.
function palomitaDeNora(estado: string): Palomita {
  if (estado === 'read') return { icono: 'check-check', clase: 'azul', texto: 'Leído' };
  if (estado === 'delivered') return { icono: 'check-check', clase: 'gris', texto: 'Entregado' };
  if (estado === 'sent') return { icono: 'check', clase: 'gris', texto: 'Enviado' };
  if (estado === 'failed') return { icono: 'circle-alert', clase: 'mal', texto: 'No se entregó' };
  return { icono: 'clock', clase: 'espera', texto: 'En cola' };
}

function claseDe(tipo: string): 'imagen' | 'audio' | 'video' | 'archivo' {
  if (tipo.startsWith('image/') && tipo !== 'image/heic') return 'imagen';
  if (tipo.startsWith('audio/')) return 'audio';
  return tipo.startsWith('video/') ? 'video' : 'archivo';
}

function iniciales(nombre: string): string {
  const palabras = nombre.match(/\p{L}+/gu) ?? [];
  return palabras
    .slice(0, 2)
    .map((p) => p.charAt(0).toUpperCase())
    .join('');
}
