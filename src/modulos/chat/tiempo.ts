import { claveDia, corta, hora } from '../../web/fechas.ts';

/** Fechas como se dicen en un chat. Lo general está en src/web/fechas.ts; aquí, lo que sólo usa el hilo. */

const UN_DIA_MS = 86_400_000;
const ZONA = 'America/Hermosillo';

const OPCIONES = {
  semana: { weekday: 'long' },
  larga: { weekday: 'long', day: 'numeric', month: 'long' },
  completa: { day: 'numeric', month: 'long', year: 'numeric' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

const guardados = new Map<string, Intl.DateTimeFormat>();

/** Hora de la lista: hoy `14:38`, ayer `ayer`, esta semana `lunes`, antes `3 de oct`. */
export function cuando(instante: string, zona: string, ahora: Date): string {
  const dias = diasEntre(instante, ahora, zona);
  if (dias <= 0) return hora(instante, zona);
  if (dias === 1) return 'ayer';
  return dias < 7 ? formateador('semana', zona).format(new Date(instante)) : corta(instante, zona);
}

/** Título de un día del hilo: `Hoy`, `Ayer`, `lunes 3 de octubre`, `3 de octubre de 2025`. */
export function tituloDia(instante: string, zona: string, ahora: Date): string {
  const dias = diasEntre(instante, ahora, zona);
  if (dias <= 0) return 'Hoy';
  if (dias === 1) return 'Ayer';
  return formateador(dias < 300 ? 'larga' : 'completa', zona)
    .format(new Date(instante))
    .replace(',', '');
}

/** Fecha completa: `3 de octubre de 2026`. */
export function fechaCompleta(instante: string, zona: string): string {
  return formateador('completa', zona).format(new Date(instante));
}

/** Lo que falta hasta un instante, `23 h 47 min`; null si ya pasó. */
export function falta(hasta: string, ahora: Date): string | null {
  const minutos = Math.ceil((new Date(hasta).getTime() - ahora.getTime()) / 60_000);
  if (minutos <= 0) return null;
  const horas = Math.floor(minutos / 60);
  return horas > 0 ? `${horas} h ${minutos % 60} min` : `${minutos} min`;
}

/** Un momento que viene: `hoy a las 17:00`, `mañana a las 9:00`, `lunes a las 9:00`, `3 de dic a las 9:00`. */
export function porVenir(instante: string, zona: string, ahora: Date): string {
  const dias = -diasEntre(instante, ahora, zona);
  const dia =
    dias <= 0
      ? 'hoy'
      : dias === 1
        ? 'mañana'
        : dias < 7
          ? formateador('semana', zona).format(new Date(instante))
          : corta(instante, zona);
  return `${dia} a las ${hora(instante, zona)}`;
}

/** Hora de pared de una zona como la quiere `datetime-local`: `2026-11-21T09:00`. */
export function local(instante: Date, zona: string): string {
  return `${claveDia(instante, zona)}T${hora(instante, zona)}`;
}

function diasEntre(instante: string, ahora: Date, zona: string): number {
  return Math.round((Date.parse(claveDia(ahora, zona)) - Date.parse(claveDia(instante, zona))) / UN_DIA_MS);
}

function formateador(clase: keyof typeof OPCIONES, zona: string): Intl.DateTimeFormat {
  const llave = `${clase} ${zona}`;
  let formato = guardados.get(llave);
  if (!formato) {
    formato = crear(clase, zona);
    guardados.set(llave, formato);
  }
  return formato;
}

/** Una zona que ya no existe no debe tumbar el chat: se usa la de casa. */
function crear(clase: keyof typeof OPCIONES, zona: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('es-MX', { ...OPCIONES[clase], timeZone: zona });
  } catch {
    return new Intl.DateTimeFormat('es-MX', { ...OPCIONES[clase], timeZone: ZONA });
  }
}
