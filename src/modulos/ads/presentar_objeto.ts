import { formatosDe } from '../../ads/formatos.ts';
import { dibujarTendencia } from '../../ads/grafica.ts';
import { METRICAS, razones } from '../../ads/metricas.ts';
import { FRASES } from '../../ads/reportes/frases.ts';
import type { Periodo } from '../../ads/periodos.ts';
import { claveDia, hace } from '../../web/fechas.ts';
import type { Cambio, Objeto } from './consultas.ts';
import type { Nivel } from './esquemas.ts';
import { estadoDe, presupuestoDe } from './presentar_tabla.ts';

export const UNO: Readonly<Record<Nivel, string>> = {
  campanas: 'Campaña',
  conjuntos: 'Conjunto de anuncios',
  anuncios: 'Anuncio',
};

/** Lo que se puede cambiar y cómo está; los anuncios no llevan presupuesto y una campaña no lleva fecha de fin en Meta. */
export function presentarObjeto(o: Objeto, p: Periodo, ahora: Date, zona: string) {
  const f = formatosDe('es', o.cuenta.moneda);
  const todas = { ...o, ...razones(o), alcance: null };
  const activo = o.estado === 'ACTIVE';
  const cerrado = o.estado === 'ARCHIVED' || o.estado === 'DELETED';
  const conPresupuesto = o.presupuesto_diario !== null || o.presupuesto_total !== null;
  return {
    id: o.id,
    nivel: o.nivel,
    uno: UNO[o.nivel],
    nombre: o.nombre,
    campana: o.campana ?? '',
    ...estadoDe(o.estado),
    estadoCrudo: o.estado ?? '',
    presupuesto:
      presupuestoDe(o, f) ||
      (o.nivel === 'anuncios' ? 'Lo pone su conjunto o su campaña' : 'Lo pone el otro nivel'),
    fin: diaDeFin(o) ? f.dia(diaDeFin(o) ?? '') : 'Sin fecha de fin',
    periodo: f.periodo(p),
    traido: o.traido ? hace(o.traido, ahora, zona) : '',
    cifras: METRICAS.filter((m) => m !== 'alcance').map((m) => ({
      nombre: FRASES.es.metricas[m],
      valor: f.metrica(m, todas[m]),
    })),
    tendencia: dibujarTendencia(o.dias, f, {
      semana: 'Semana del',
      resumen: FRASES.es.resumen,
      dia: (d) => FRASES.es.columna(f.dia(d.dia), f.dinero(d.gasto), f.entero(d.conversaciones)),
    }),
    puede: {
      pausar: activo,
      reanudar: !activo && !cerrado && o.estado === 'PAUSED',
      presupuesto: conPresupuesto && o.nivel !== 'anuncios' && !cerrado,
      fin: o.nivel === 'conjuntos' && !cerrado,
    },
    forma: {
      tipo: o.presupuesto_total !== null && o.presupuesto_diario === null ? 'total' : 'diario',
      monto: String(o.presupuesto_diario ?? o.presupuesto_total ?? ''),
      fin: diaDeFin(o) ?? '',
    },
    limites: limitesDe(o, f.dinero),
    cambios: o.cambios.map((c) => presentarCambio(c, zona, o.cuenta.moneda)),
    demo: o.cuenta.demo,
  };
}

/** El último día en que corre, en el calendario de la cuenta; null si no tiene fin. */
export function diaDeFin(o: Pick<Objeto, 'fin' | 'cuenta'>): string | null {
  return o.fin && claveDia(o.fin, o.cuenta.zona ?? 'UTC');
}

function limitesDe(o: Objeto, dinero: (n: number) => string): string {
  const { minimo, maximo_diario, maximo_total } = o.ajustes;
  return [
    minimo !== null ? `mínimo ${dinero(minimo)}` : '',
    maximo_diario !== null ? `hasta ${dinero(maximo_diario)} al día` : '',
    maximo_total !== null ? `hasta ${dinero(maximo_total)} en total` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

const CAMPOS: Readonly<Record<string, string>> = {
  estado: 'Estado',
  presupuesto_diario: 'Presupuesto diario',
  presupuesto_total: 'Presupuesto total',
  fin: 'Fecha de fin',
  nombre: 'Nombre',
};
const RESULTADOS: Readonly<Record<string, [string, string]>> = {
  hecho: ['Hecho', 'verde'],
  rechazado: ['Meta no lo aceptó', 'rojo'],
  incierto: ['No sabemos si quedó', 'ambar'],
  visto: ['Hecho fuera de Nora', 'gris'],
};

/** Un renglón de la bitácora de cambios. */
export function presentarCambio(c: Cambio, zona: string, moneda: string | null) {
  const [resultado, tono] = RESULTADOS[c.resultado] ?? [c.resultado, 'gris'];
  return {
    cuando: new Date(c.cuando).toLocaleString('es-MX', {
      timeZone: zona,
      dateStyle: 'medium',
      timeStyle: 'short',
    }),
    quien: c.origen === 'fuera' ? 'Fuera de Nora' : (c.quien ?? 'Alguien que ya no está'),
    objeto: c.objeto,
    campo: CAMPOS[c.campo] ?? c.campo,
    antes: decirValor(c.campo, c.antes, moneda, zona),
    despues: decirValor(c.campo, c.despues, moneda, zona),
    resultado,
    tono,
    detalle: c.detalle ?? '',
  };
}

/** Un valor como lo lee una persona; es también lo que nombra la confirmación. */
export function decirValor(campo: string, valor: unknown, moneda: string | null, zona = 'UTC'): string {
  if (valor === null || valor === undefined || valor === '') return campo === 'fin' ? 'sin fecha' : 'ninguno';
  if (campo.startsWith('presupuesto')) return formatosDe('es', moneda).dinero(Number(valor));
  const texto =
    typeof valor === 'string' || typeof valor === 'number' ? String(valor) : JSON.stringify(valor);
  if (campo === 'estado') return estadoDe(texto).estado;
  if (campo === 'fin' && !Number.isNaN(Date.parse(texto))) {
    const dia = texto.length === 10 ? texto : claveDia(texto, zona);
    return formatosDe('es', moneda).periodo({ desde: dia, hasta: dia });
  }
  return texto;
}
