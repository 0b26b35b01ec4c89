/** Fechas y números para leer, en español de México. Los formateadores de Intl se guardan: crearlos es lo caro. */

export type Instante = string | number | Date;

const IDIOMA = 'es-MX';
const ZONA = 'America/Hermosillo';
const MINUTO = 60_000;
const HORA = 60 * MINUTO;
const DIA = 24 * HORA;

const CLASES = {
  hora: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  horaSola: { hour: 'numeric', hourCycle: 'h23' },
  clave: { year: 'numeric', month: '2-digit', day: '2-digit' },
  dia: { weekday: 'long', day: 'numeric', month: 'short' },
  fecha: { day: 'numeric', month: 'short', year: 'numeric' },
  corta: { day: 'numeric', month: 'short' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

const formatos = new Map<string, Intl.DateTimeFormat>();
const cifras = new Intl.NumberFormat(IDIOMA, { maximumFractionDigits: 1 });
const pesos = new Intl.NumberFormat(IDIOMA, { style: 'currency', currency: 'MXN', maximumFractionDigits: 2 });
const pesosCerrados = new Intl.NumberFormat(IDIOMA, {
  style: 'currency',
  currency: 'MXN',
  maximumFractionDigits: 0,
});

/** Hora de pared: `14:52`. */
export function hora(instante: Instante, zona = ZONA): string {
  return formato('hora', zona).format(new Date(instante));
}

/** Día para leer: `Hoy`, `Ayer`, `lunes 3 de nov`, y con año cuando no es el actual: `3 de nov de 2025`. */
export function dia(instante: Instante, zona = ZONA, ahora: Instante = Date.now()): string {
  const clave = claveDia(instante, zona);
  if (clave === claveDia(ahora, zona)) return 'Hoy';
  if (clave === claveDia(new Date(ahora).getTime() - DIA, zona)) return 'Ayer';
  const esteAno = clave.slice(0, 4) === claveDia(ahora, zona).slice(0, 4);
  return formato(esteAno ? 'dia' : 'fecha', zona)
    .format(new Date(instante))
    .replace(',', '');
}

/** Fecha con año: `20 de nov de 2026`. */
export function fecha(instante: Instante, zona = ZONA): string {
  return formato('fecha', zona).format(new Date(instante));
}

/** Día y mes: `20 de nov`. */
export function corta(instante: Instante, zona = ZONA): string {
  return formato('corta', zona).format(new Date(instante));
}

/** Cuánto hace: `hace un momento`, `hace 40 s`, `hace 5 min`, `hace 3 h`, `ayer`, `hace 4 días`, `el 3 de nov`. */
export function hace(instante: Instante, ahora: Instante = Date.now(), zona = ZONA): string {
  const pasado = new Date(ahora).getTime() - new Date(instante).getTime();
  if (pasado < 5_000) return 'hace un momento';
  if (pasado < MINUTO) return `hace ${Math.floor(pasado / 1000)} s`;
  if (pasado < HORA) return `hace ${Math.floor(pasado / MINUTO)} min`;
  if (pasado < DIA) return `hace ${Math.floor(pasado / HORA)} h`;
  if (pasado < 2 * DIA) return 'hace un día';
  if (pasado < 15 * DIA) return `hace ${Math.floor(pasado / DIA)} días`;
  return `el ${corta(instante, zona)}`;
}

/** Día civil en la zona, `2026-11-20`. */
export function claveDia(instante: Instante, zona = ZONA): string {
  const partes = new Map(
    formato('clave', zona)
      .formatToParts(new Date(instante))
      .map((parte) => [parte.type, parte.value]),
  );
  return `${partes.get('year')}-${partes.get('month')}-${partes.get('day')}`;
}

/** Saludo según la hora de la zona: `Buenos días`, `Buenas tardes`, `Buenas noches`. */
export function saludo(zona = ZONA, ahora: Instante = Date.now()): string {
  const reloj = Number(formato('horaSola', zona).format(new Date(ahora)).slice(0, 2));
  if (reloj >= 5 && reloj < 12) return 'Buenos días';
  return reloj >= 12 && reloj < 19 ? 'Buenas tardes' : 'Buenas noches';
}

/** `1,284`. */
export function numero(n: number): string {
  return cifras.format(n);
}

/** `1 fila`, `1,284 filas`. */
export function cuantos(n: number, uno: string, varios: string): string {
  return `${numero(n)} ${n === 1 ? uno : varios}`;
}

/** `$1,500` o `$18.40`: sin centavos cuando no los hay. */
export function dinero(n: number): string {
  return (Number.isInteger(n) ? pesosCerrados : pesos).format(n);
}

/** Teléfono de México para leer: `+52 662 123 4567`; cualquier otro se queda como está. */
export function telefono(e164: string | null | undefined): string {
  const partes = /^\+521?(\d{3})(\d{3})(\d{4})$/.exec(e164 ?? '');
  return partes ? `+52 ${partes[1]} ${partes[2]} ${partes[3]}` : (e164 ?? '');
}

function formato(clase: keyof typeof CLASES, zona: string): Intl.DateTimeFormat {
  const llave = `${clase} ${zona}`;
  let guardado = formatos.get(llave);
  if (!guardado) {
    guardado = crearFormato(clase, zona);
    formatos.set(llave, guardado);
  }
  return guardado;
}

/** Una zona que ya no existe no debe tumbar la página: se usa la de casa. */
function crearFormato(clase: keyof typeof CLASES, zona: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(IDIOMA, { ...CLASES[clase], timeZone: zona });
  } catch {
    return new Intl.DateTimeFormat(IDIOMA, { ...CLASES[clase], timeZone: ZONA });
  }
}
