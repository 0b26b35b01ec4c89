import { costoDe } from '../../ia/precios.ts';
import * as fechas from '../../web/fechas.ts';
import type { Costos } from './consultas.ts';
import type { Entorno } from './presentar.ts';

const USOS: Record<string, string> = {
  respuestas: 'Respuestas',
  probador: 'Probador',
  pruebas: 'Pruebas',
  otros: 'Resúmenes y otros',
};

export function presentarCostos(c: Costos, e: Entorno) {
  const cobrado = (modelo: string) => modelo || e.modelo || '';
  const suma = (filas: { modelo: string; tokens_entrada: number; tokens_salida: number }[]) =>
    filas.reduce(
      (s, f) => {
        const costo = costoDe(e.precios, cobrado(f.modelo), {
          entrada: f.tokens_entrada,
          salida: f.tokens_salida,
        });
        return {
          costo: s.costo + (costo ?? 0),
          tokens: s.tokens + f.tokens_entrada + f.tokens_salida,
          sinPrecio: s.sinPrecio || costo === null,
        };
      },
      { costo: 0, tokens: 0, sinPrecio: false },
    );
  const grupos = (clave: 'modelo' | 'uso', nombre: (v: string) => string) =>
    [...Map.groupBy(c.filas, (f) => f[clave])]
      .map(([valor, filas]) => {
        const s = suma(filas);
        return {
          nombre: nombre(valor),
          llamadas: fechas.numero(filas.reduce((n, f) => n + f.llamadas, 0)),
          entrada: fechas.numero(filas.reduce((n, f) => n + f.tokens_entrada, 0)),
          salida: fechas.numero(filas.reduce((n, f) => n + f.tokens_salida, 0)),
          costo: s.sinPrecio ? 'Sin precio' : costoTexto(s.costo),
          orden: s.costo,
        };
      })
      .toSorted((a, b) => b.orden - a.orden || a.nombre.localeCompare(b.nombre));
  const total = suma(c.filas);
  const antes = suma(c.anterior);
  const porDia = Map.groupBy(c.filas, (f) => f.dia);
  const esteMes = c.hoy.slice(0, 7) === c.mes.slice(0, 7);
  const hoy = suma(porDia.get(c.hoy) ?? []);
  const dias = diasDelMes(c.mes, c.hoy).map((dia) => ({ dia, filas: porDia.get(dia) ?? [] }));
  const medidas = dias.map(({ dia, filas }) => ({
    dia,
    ...suma(filas),
    llamadas: filas.reduce((n, f) => n + f.llamadas, 0),
  }));
  const enDinero = total.costo > 0;
  const mayor = Math.max(...medidas.map((m) => (enDinero ? m.costo : m.llamadas)), 0);
  const mesAnterior = moverMes(c.mes, -1);
  const mesSiguiente = moverMes(c.mes, 1);
  return {
    mes: nombreMes(c.mes),
    anterior:
      c.desde && c.desde.slice(0, 7) <= mesAnterior
        ? { ruta: `${e.base}/costos?mes=${mesAnterior}`, texto: nombreMes(`${mesAnterior}-01`) }
        : null,
    siguiente:
      mesSiguiente <= c.hoy.slice(0, 7)
        ? { ruta: `${e.base}/costos?mes=${mesSiguiente}`, texto: nombreMes(`${mesSiguiente}-01`) }
        : null,
    cifras: [
      {
        nombre: 'En el mes',
        valor: costoTexto(total.costo),
        pie: antes.costo > 0 ? `El mes anterior: ${costoTexto(antes.costo)}` : 'Sin gasto el mes anterior',
      },
      // Lo de un mes que ya pasó no dice nada de hoy.
      ...(esteMes
        ? [
            {
              nombre: 'Hoy',
              valor: costoTexto(hoy.costo),
              pie: `${fechas.numero(hoy.tokens)} de ${fechas.numero(c.tope)} tokens de tope`,
            },
          ]
        : []),
      {
        nombre: 'Tokens del mes',
        valor: fechas.numero(total.tokens),
        pie: fechas.cuantos(
          c.filas.reduce((n, f) => n + f.llamadas, 0),
          'respuesta pensada',
          'respuestas pensadas',
        ),
      },
    ],
    sinPrecio: [
      ...new Set(
        c.filas
          .filter(
            (f) =>
              f.tokens_entrada > 0 &&
              costoDe(e.precios, cobrado(f.modelo), { entrada: 1, salida: 1 }) === null,
          )
          .map((f) => cobrado(f.modelo) || 'desconocido'),
      ),
    ],
    vacio: c.filas.length === 0,
    enDinero,
    columnas: medidas.map((m, i) => {
      const valor = enDinero ? m.costo : m.llamadas;
      const alto = mayor > 0 ? (valor / mayor) * 100 : 0;
      return {
        x: (i / medidas.length) * 100 + 0.4,
        ancho: 100 / medidas.length - 0.8,
        y: 100 - alto,
        alto,
        etiqueta: String(Number(m.dia.slice(8))),
        titulo: `${Number(m.dia.slice(8))} de ${nombreMes(c.mes)}: ${costoTexto(m.costo)}, ${fechas.numero(m.tokens)} tokens`,
        costo: costoTexto(m.costo),
        tokens: fechas.numero(m.tokens),
        llamadas: fechas.numero(m.llamadas),
        con: m.llamadas > 0,
      };
    }),
    tope: enDinero ? costoTexto(mayor) : fechas.cuantos(mayor, 'respuesta', 'respuestas'),
    modelos: grupos('modelo', (m) =>
      m === 'local' ? 'Modo local (sin costo)' : m || e.modelo || 'Modelo general',
    ),
    usos: grupos('uso', (u) => USOS[u] ?? u),
  };
}

function diasDelMes(mes: string, hoy: string): string[] {
  const [ano = 2026, numero = 1] = mes.split('-').map(Number);
  const ultimo = hoy.startsWith(mes.slice(0, 7))
    ? Number(hoy.slice(8))
    : new Date(Date.UTC(ano, numero, 0)).getUTCDate();
  return Array.from({ length: ultimo }, (_, i) => `${mes.slice(0, 7)}-${String(i + 1).padStart(2, '0')}`);
}

function moverMes(mes: string, cuanto: number): string {
  const [ano = 2026, numero = 1] = mes.split('-').map(Number);
  return new Date(Date.UTC(ano, numero - 1 + cuanto, 1)).toISOString().slice(0, 7);
}

function nombreMes(dia: string): string {
  return new Date(`${dia.slice(0, 7)}-15T12:00:00Z`).toLocaleDateString('es-MX', {
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
}

export function dolares(n: number): string {
  return `US$${n.toLocaleString('es-MX', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** Costos chicos con cuatro decimales: una respuesta vale fracciones de centavo. */
export function costoTexto(n: number | null): string {
  if (n === null) return 'Sin precio';
  if (n === 0) return 'US$0';
  if (n >= 1) return dolares(n);
  return n < 0.0001 ? 'menos de US$0.0001' : `US$${n.toFixed(4)}`;
}
