import { describirHorario } from '../ia/horario.ts';

/** Lo que una respuesta escrita puede nombrar entre llaves dobles. */
export interface DatosVariables {
  nora: { nombre_visible: string; zona_horaria: string; horario: unknown };
  contacto: { nombre: string | null; telefono: string | null };
  ahora: Date;
}

/** Cada variable con lo que pone, en el orden en que se ofrecen. */
export const VARIABLES: readonly { nombre: string; ayuda: string }[] = [
  { nombre: 'nombre', ayuda: 'Nombre de pila de la persona' },
  { nombre: 'nombre_completo', ayuda: 'Nombre completo de la persona' },
  { nombre: 'nora', ayuda: 'Nombre de tu negocio' },
  { nombre: 'saludo', ayuda: 'Buenos días, Buenas tardes o Buenas noches' },
  { nombre: 'horario', ayuda: 'Tu horario de la semana' },
  { nombre: 'fecha', ayuda: 'La fecha de hoy' },
  { nombre: 'hora', ayuda: 'La hora en tu negocio' },
  { nombre: 'telefono', ayuda: 'El teléfono de la persona' },
];

const CONOCIDAS: ReadonlySet<string> = new Set(VARIABLES.map((v) => v.nombre));
const LLAVES = /[ \t]*\{\{\s*([a-z_]+)\s*(?:\|([^{}]*))?\}\}/gi;

/**
 * Pone cada `{{variable}}`. Sin dato usa lo que sigue a la barra (`{{nombre|amiga}}`) y, si no hay, se quita junto con
 * el espacio de antes: «Hola {{nombre}}, …» queda «Hola, …». Una que no existe se deja escrita.
 */
export function rellenar(texto: string, datos: DatosVariables): string {
  return texto
    .replace(LLAVES, (todo: string, nombre: string, respaldo: string | undefined) => {
      const clave = nombre.toLowerCase();
      if (!CONOCIDAS.has(clave)) return todo;
      const valor = valorDe(clave, datos) || (respaldo ?? '').trim();
      return valor ? todo.slice(0, todo.indexOf('{')) + valor : '';
    })
    .trim();
}

/** Las variables escritas que no existen, sin repetir: se avisan al guardar. */
export function variablesDesconocidas(texto: string): string[] {
  const nombres = [...texto.matchAll(/\{\{\s*([^{}|]*?)\s*(?:\|[^{}]*)?\}\}/g)].map((h) => h[1] ?? '');
  return [...new Set(nombres.filter((n) => !CONOCIDAS.has(n.toLowerCase())))];
}

function valorDe(clave: string, { nora, contacto, ahora }: DatosVariables): string {
  const nombre = contacto.nombre?.trim() ?? '';
  const fecha = (opciones: Intl.DateTimeFormatOptions) => enZona(ahora, nora.zona_horaria, opciones);
  switch (clave) {
    case 'nombre':
      return nombre.split(/\s+/)[0] ?? '';
    case 'nombre_completo':
      return nombre;
    case 'nora':
      return nora.nombre_visible;
    case 'telefono':
      return contacto.telefono ?? '';
    case 'horario':
      return describirHorario(nora.horario) ?? '';
    case 'fecha':
      return fecha({ weekday: 'long', day: 'numeric', month: 'long' });
    case 'hora':
      return fecha({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    case 'saludo': {
      const reloj = Number(fecha({ hour: '2-digit', hourCycle: 'h23' }).slice(0, 2));
      return reloj >= 5 && reloj < 12
        ? 'Buenos días'
        : reloj >= 12 && reloj < 19
          ? 'Buenas tardes'
          : 'Buenas noches';
    }
    default:
      return '';
  }
}

/** Una zona que ya no existe no debe callar a la nora. */
function enZona(ahora: Date, zona: string, opciones: Intl.DateTimeFormatOptions): string {
  try {
    return new Intl.DateTimeFormat('es-MX', { ...opciones, timeZone: zona }).format(ahora);
  } catch {
    return new Intl.DateTimeFormat('es-MX', { ...opciones, timeZone: 'America/Hermosillo' }).format(ahora);
  }
}
