import { describirHorario } from '../../ia/horario.ts';
import { ultimaPreferencia } from '../../mensajes/preferencia.ts';
import { type DatosVariables, rellenar } from '../../mensajes/variables.ts';
import { hace, numero } from '../../web/fechas.ts';
import type { Coincidencia, Prueba, Regla, Reglas } from './consultas.ts';

export interface Entorno {
  base: string;
  zona: string;
  ahora: Date;
}

export const COINCIDENCIAS: Record<Regla['coincidencia'], { texto: string; ayuda: string }> = {
  exacta: { texto: 'Es exactamente', ayuda: 'El mensaje dice eso y nada más.' },
  empieza: { texto: 'Empieza con', ayuda: 'El mensaje empieza con eso.' },
  contiene: { texto: 'Contiene', ayuda: 'Eso está en cualquier parte del mensaje.' },
};

export const HORARIOS: Record<Regla['horario'], { texto: string; corto: string; ayuda: string }> = {
  siempre: { texto: 'Siempre', corto: '', ayuda: 'A cualquier hora.' },
  dentro: { texto: 'Sólo abierto', corto: 'Sólo abierto', ayuda: 'Dentro de tu horario.' },
  fuera: { texto: 'Sólo cerrado', corto: 'Sólo cerrado', ayuda: 'Fuera de tu horario.' },
};

export function presentarReglas(r: Reglas, e: Entorno) {
  const sinHorario = r.abierto === null && r.reglas.some((g) => g.activo && g.horario !== 'siempre');
  return {
    base: e.base,
    reglas: r.reglas.map((g, i) => presentarRegla(g, i + 1, e)),
    activas: r.reglas.filter((g) => g.activo).length,
    sinHorario,
    rapidas: r.rapidas,
  };
}

export function presentarRegla(g: Regla, lugar: number, e: Entorno) {
  return {
    id: g.id,
    lugar,
    disparadores: g.disparador
      .split(/[,\n]/)
      .map((d) => d.trim())
      .filter(Boolean),
    nombre: g.disparador.replace(/\s*[,\n]\s*/g, ', '),
    forma: COINCIDENCIAS[g.coincidencia].texto,
    respuesta: g.respuesta,
    prioridad: g.prioridad,
    horario: HORARIOS[g.horario].corto,
    activo: g.activo,
    adjunto: g.adjunto ? presentarAdjunto(g.adjunto, e) : null,
    uso:
      g.usos === 0
        ? 'Sin usar'
        : `${g.usos === 1 ? 'Un uso' : `${numero(g.usos)} usos`}${g.ultimo_uso ? ` · ${hace(g.ultimo_uso, e.ahora, e.zona)}` : ''}`,
    sinUso: g.usos === 0,
    url: `${e.base}/reglas/${g.id}`,
  };
}

export function presentarAdjunto(a: NonNullable<Regla['adjunto']>, e: Entorno) {
  return {
    nombre: a.nombre || 'Archivo',
    imagen: a.tipo.startsWith('image/'),
    icono: a.tipo.startsWith('image/')
      ? 'image'
      : a.tipo.startsWith('audio/')
        ? 'mic'
        : a.tipo.startsWith('video/')
          ? 'video'
          : 'file-text',
    peso:
      a.bytes === null
        ? ''
        : a.bytes < 1_048_576
          ? `${Math.max(1, Math.round(a.bytes / 1024))} kB`
          : `${(a.bytes / 1_048_576).toFixed(1)} MB`,
    url: `${e.base}/adjuntos/${a.id}`,
  };
}

/** Qué pasaría con ese texto, en palabras: quién contesta, por qué, y por qué no las demás. */
export function presentarPrueba(
  p: Prueba,
  texto: string,
  nombre: string,
  nora: DatosVariables['nora'],
  e: Entorno,
) {
  const gana = p.reglas.find((r) => r.aplica) ?? null;
  const datos: DatosVariables = {
    nora,
    contacto: { nombre: nombre || null, telefono: '+52 662 000 0000' },
    ahora: e.ahora,
  };
  const preferencia = ultimaPreferencia([texto]);
  return {
    texto,
    preferencia: preferencia === null ? '' : preferencia ? 'ALTA' : 'BAJA',
    cuando: p.abierto === null ? 'sin horario' : p.abierto ? 'abierto' : 'cerrado',
    gana: gana && {
      nombre: gana.disparador.replace(/\s*[,\n]\s*/g, ', '),
      url: `${e.base}/reglas/${gana.id}`,
      respuesta: rellenar(gana.respuesta, datos),
      razones: razonesDe(gana, p.reglas),
    },
    otras: p.reglas
      .filter((r) => r !== gana)
      .map((r) => ({
        nombre: r.disparador.replace(/\s*[,\n]\s*/g, ', '),
        url: `${e.base}/reglas/${r.id}`,
        razon: porQueNo(r, gana),
      })),
  };
}

export function presentarHorario(r: Pick<Reglas, 'horario' | 'abierto'>) {
  return {
    texto: describirHorario(r.horario) ?? '',
    ahora: r.abierto === null ? '' : r.abierto ? 'Ahora está abierto.' : 'Ahora está cerrado.',
  };
}

function razonesDe(r: Coincidencia, todas: Coincidencia[]): string[] {
  const forma = {
    exacta: 'El mensaje es exactamente',
    empieza: 'El mensaje empieza con',
    contiene: 'El mensaje contiene',
  }[r.coincidencia];
  const rivales = todas.filter((o) => o.aplica && o.id !== r.id);
  const razones = [`${forma} «${r.hallado}».`];
  if (r.horario !== 'siempre')
    razones.push(
      r.horario === 'fuera'
        ? 'Es para cuando está cerrado, y lo está.'
        : 'Es para cuando está abierto, y lo está.',
    );
  if (rivales.length === 0) razones.push('Es la única que coincide.');
  else if (rivales.every((o) => o.prioridad < r.prioridad))
    razones.push(`Tiene la prioridad más alta (${r.prioridad}).`);
  else if (
    rivales
      .filter((o) => o.prioridad === r.prioridad)
      .every((o) => ORDEN[o.coincidencia] > ORDEN[r.coincidencia])
  )
    razones.push('Con la misma prioridad, gana la coincidencia más precisa.');
  else razones.push('Con la misma prioridad y forma, gana el disparador más largo.');
  return razones;
}

const ORDEN: Record<Regla['coincidencia'], number> = { exacta: 0, empieza: 1, contiene: 2 };

function porQueNo(r: Coincidencia, gana: Coincidencia | null): string {
  if (!r.activo) return 'coincide, pero está apagada';
  if (!r.en_horario)
    return r.horario === 'fuera'
      ? 'coincide, pero es sólo para cuando está cerrado'
      : 'coincide, pero es sólo para cuando está abierto';
  if (!gana) return 'coincide';
  if (r.prioridad < gana.prioridad)
    return `coincide, pero su prioridad es ${r.prioridad} y la que gana tiene ${gana.prioridad}`;
  if (ORDEN[r.coincidencia] > ORDEN[gana.coincidencia]) return 'coincide, pero de forma menos precisa';
  return 'coincide, pero con un disparador más corto';
}
