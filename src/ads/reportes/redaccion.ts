import { formatosDe, type Formatos, type Idioma } from '../formatos.ts';
import { cambio, razones } from '../metricas.ts';
import type { CifrasReporte } from './tipos.ts';

/**
 * El texto del reporte sin modelo: frases fijas con cifras del reporte. Una semana sin movimiento lo dice y ya.
 */
export function redactarPlantilla(c: CifrasReporte, idioma: Idioma): string[] {
  const f = formatosDe(idioma, c.cuenta.moneda);
  return idioma === 'en' ? enIngles(c, f) : enEspanol(c, f);
}

/** Nadie vio nada y no se gastó nada. */
export function sinMovimiento(c: Pick<CifrasReporte, 'total'>): boolean {
  return c.total.gasto === 0 && c.total.impresiones === 0;
}

function enEspanol(c: CifrasReporte, f: Formatos): string[] {
  if (sinMovimiento(c))
    return [
      'En este periodo no hubo anuncios en circulación: no se gastó nada y nadie los vio.' +
        (c.antes.gasto > 0 ? ` En el anterior se gastaron ${f.dinero(c.antes.gasto)}.` : ''),
    ];
  const ahora = razones(c.total);
  const antes = razones(c.antes);
  const parrafos = [
    `Se gastaron ${f.dinero(c.total.gasto)}${frente(cambio(c.total.gasto, c.antes.gasto), f, 'más que', 'menos que', 'igual que', 'el periodo anterior')}. ` +
      `Los anuncios se mostraron ${f.entero(c.total.impresiones)} ${plural(c.total.impresiones, 'vez', 'veces')} y recibieron ${f.entero(c.total.clics)} ${plural(c.total.clics, 'clic', 'clics')}` +
      `${ahora.ctr === null ? '' : ` (CTR de ${f.porciento(ahora.ctr)})`}.`,
    c.total.conversaciones === 0
      ? 'Meta no contó ninguna conversación iniciada desde los anuncios.'
      : `Iniciaron ${f.entero(c.total.conversaciones)} ${plural(c.total.conversaciones, 'conversación', 'conversaciones')}${frente(cambio(c.total.conversaciones, c.antes.conversaciones), f, 'más que', 'menos que', 'igual que', 'antes')}, a ${f.dinero(ahora.costo_conversacion)} cada una` +
        `${antes.costo_conversacion === null ? '' : ` (antes ${f.dinero(antes.costo_conversacion)})`}.`,
  ];
  const mejor = mejorAnuncio(c);
  if (mejor)
    parrafos.push(
      `El anuncio que mejor trajo conversaciones fue «${mejor.nombre}»: ${f.entero(mejor.conversaciones)} por ${f.dinero(mejor.gasto)}.`,
    );
  return parrafos;
}

function enIngles(c: CifrasReporte, f: Formatos): string[] {
  if (sinMovimiento(c))
    return [
      'No ads ran in this period: nothing was spent and nobody saw them.' +
        (c.antes.gasto > 0 ? ` In the previous one ${f.dinero(c.antes.gasto)} were spent.` : ''),
    ];
  const ahora = razones(c.total);
  const antes = razones(c.antes);
  const parrafos = [
    `${f.dinero(c.total.gasto)} were spent${frente(cambio(c.total.gasto, c.antes.gasto), f, 'more than', 'less than', 'the same as', 'the previous period')}. ` +
      `The ads were shown ${f.entero(c.total.impresiones)} ${plural(c.total.impresiones, 'time', 'times')} and got ${f.entero(c.total.clics)} ${plural(c.total.clics, 'click', 'clicks')}` +
      `${ahora.ctr === null ? '' : ` (CTR of ${f.porciento(ahora.ctr)})`}.`,
    c.total.conversaciones === 0
      ? 'Meta counted no conversations started from the ads.'
      : `They started ${f.entero(c.total.conversaciones)} ${plural(c.total.conversaciones, 'conversation', 'conversations')}${frente(cambio(c.total.conversaciones, c.antes.conversaciones), f, 'more than', 'less than', 'the same as', 'before')}, at ${f.dinero(ahora.costo_conversacion)} each` +
        `${antes.costo_conversacion === null ? '' : ` (${f.dinero(antes.costo_conversacion)} before)`}.`,
  ];
  const mejor = mejorAnuncio(c);
  if (mejor)
    parrafos.push(
      `The ad that brought conversations best was “${mejor.nombre}”: ${f.entero(mejor.conversaciones)} for ${f.dinero(mejor.gasto)}.`,
    );
  return parrafos;
}

/** El de menor costo por conversación entre los que más trajeron: uno con una sola conversación barata no gana. */
function mejorAnuncio(c: CifrasReporte) {
  const tope = Math.max(0, ...c.anuncios.map((a) => a.conversaciones));
  return c.anuncios
    .filter((a) => a.conversaciones >= Math.max(2, tope / 2))
    .toSorted((a, b) => a.gasto / a.conversaciones - b.gasto / b.conversaciones)[0];
}

function frente(
  n: number | null,
  f: Formatos,
  mas: string,
  menos: string,
  igual: string,
  que: string,
): string {
  if (n === null) return '';
  const dicho = f.cambio(n).replace(/^[+−]/, '');
  if (Math.round(n * 10) === 0) return `, ${igual} ${que}`;
  return `, ${dicho} ${n > 0 ? mas : menos} ${que}`;
}

function plural(n: number, uno: string, varios: string): string {
  return n === 1 ? uno : varios;
}
