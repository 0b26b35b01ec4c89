import { z } from 'zod';

export const DIAS = ['lun', 'mar', 'mie', 'jue', 'vie', 'sab', 'dom'] as const;
export type Dia = (typeof DIAS)[number];

const hora = z.string().regex(/^([01]\d|2[0-4]):[0-5]\d$/);

/** `configuracion_bot.horario`: tramos `[abre, cierra]` en hora local por día; sin tramos, cerrado. `{}` = no lo ha dicho. */
export const esquemaHorario = z.partialRecord(z.enum(DIAS), z.array(z.tuple([hora, hora])));
export type Horario = z.infer<typeof esquemaHorario>;

const NOMBRES: Record<Dia, string> = {
  lun: 'lunes',
  mar: 'martes',
  mie: 'miércoles',
  jue: 'jueves',
  vie: 'viernes',
  sab: 'sábado',
  dom: 'domingo',
};

/** El horario guardado, o null si falta o no se entiende. */
export function leerHorario(valor: unknown): Horario | null {
  const leido = esquemaHorario.safeParse(valor);
  return leido.success && Object.keys(leido.data).length > 0 ? leido.data : null;
}

/** Si el negocio está abierto en ese momento; null cuando no se sabe su horario. */
export function estaAbierto(valor: unknown, zona: string, ahora: Date): boolean | null {
  const horario = leerHorario(valor);
  if (!horario) return null;
  const { dia, hora: actual } = momentoEnZona(ahora, zona);
  return (horario[dia] ?? []).some(([abre, cierra]) => actual >= abre && actual < cierra);
}

/** «lunes 10:00 a 20:00; …; domingo cerrado», para el contexto del modelo; null si no se sabe. */
export function describirHorario(valor: unknown): string | null {
  const horario = leerHorario(valor);
  if (!horario) return null;
  return DIAS.map((d) => {
    const tramos = (horario[d] ?? []).map(([abre, cierra]) => `${abre} a ${cierra}`).join(' y ');
    return `${NOMBRES[d]} ${tramos || 'cerrado'}`;
  }).join('; ');
}

function momentoEnZona(ahora: Date, zona: string): { dia: Dia; hora: string } {
  const partes = Object.fromEntries(
    new Intl.DateTimeFormat('en-US', {
      timeZone: zona,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
      .formatToParts(ahora)
      .map((p) => [p.type, p.value]),
  );
  const indice = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(partes['weekday'] ?? '');
  return { dia: DIAS[indice] ?? 'lun', hora: `${partes['hour']}:${partes['minute']}` };
}
