import { type Dia, diaDeLaSemana, diasDe, mover, type Periodo } from '../../ads/periodos.ts';
import { azarDe, cuantas } from './azar.ts';
import type { AdsDemo, AnuncioDemo, CampanaDemo } from './tipos.ts';

export interface RenglonDemo {
  dia: Dia;
  anuncio: string;
  plataforma: 'facebook' | 'instagram';
  gasto: number;
  impresiones: number;
  clics: number;
  conversaciones: number;
}

/** El total del día según la cuenta; `primero` es lo que Meta dijo antes de corregirlo. */
export interface DiaDemo {
  dia: Dia;
  gasto: number;
  primero: number;
}

/** Con cuántos pesos al día corre un anuncio; 0 = ese día no sale. */
export type Presupuesto = (campana: CampanaDemo, anuncio: AnuncioDemo, dia: Dia) => number;

/** Lo que cada anuncio hizo cada día del periodo. Con los mismos datos sale siempre lo mismo. */
export function inventarDias(
  ads: AdsDemo,
  periodo: Periodo,
  presupuesto: Presupuesto,
): { renglones: RenglonDemo[]; dias: DiaDemo[] } {
  const renglones: RenglonDemo[] = [];
  const dias = diasDe(periodo).map((dia): DiaDemo => {
    let centavos = 0;
    for (const campana of ads.campanas)
      for (const conjunto of campana.conjuntos)
        for (const anuncio of conjunto.anuncios)
          for (const r of renglonesDe(ads, anuncio, dia, presupuesto(campana, anuncio, dia))) {
            renglones.push(r);
            centavos += Math.round(r.gasto * 100);
          }
    const azar = azarDe(`${ads.act} ${dia} corregido`);
    const corregido = centavos > 0 && azar() < 0.05 ? Math.round(50 + azar() * 250) : 0;
    return { dia, gasto: centavos / 100, primero: Math.max(0, centavos - corregido) / 100 };
  });
  return { renglones, dias };
}

/** El presupuesto de una cuenta recién sembrada: sus temporadas, y lo que alguien ya había pausado. */
export function presupuestoInicial(hoy: Dia): Presupuesto {
  return (campana, anuncio, dia) =>
    enTemporada(campana, dia) && (anuncio.pausadoHace === undefined || dia < mover(hoy, -anuncio.pausadoHace))
      ? campana.diario
      : 0;
}

/** Si ese día cae en la temporada de la campaña; una sin temporada corre siempre. */
export function enTemporada({ temporada }: CampanaDemo, dia: Dia): boolean {
  return !temporada || (dia.slice(5) >= temporada.desde && dia.slice(5) <= temporada.hasta);
}

function renglonesDe(ads: AdsDemo, a: AnuncioDemo, dia: Dia, presupuesto: number): RenglonDemo[] {
  const tope = presupuesto * a.parte * ritmoDe(ads, a, dia);
  if (tope <= 0) return [];
  const azar = azarDe(`${a.id} ${dia}`);
  const enInstagram = Math.min(0.95, Math.max(0.05, a.instagram + (azar() - 0.5) * 0.16));
  return (['facebook', 'instagram'] as const).flatMap((plataforma): RenglonDemo[] => {
    const parte = plataforma === 'instagram' ? enInstagram : 1 - enInstagram;
    const gasto = Math.round(tope * parte * (0.86 + azar() * 0.28) * 100) / 100;
    const impresiones = Math.round((gasto / (ads.cpm[plataforma] * (0.82 + azar() * 0.36))) * 1000);
    if (impresiones === 0) return [];
    const clics = Math.min(impresiones, cuantas(impresiones * a.ctr * (0.8 + azar() * 0.4), azar));
    const conversaciones = Math.min(clics, cuantas(clics * a.conversion, azar));
    return [{ dia, anuncio: a.id, plataforma, gasto, impresiones, clics, conversaciones }];
  });
}

/** Qué parte de su presupuesto gasta ese día: mes, día de la semana, algún día flojo y algún pago rechazado. */
function ritmoDe(ads: AdsDemo, a: AnuncioDemo, dia: Dia): number {
  const semana = diaDeLaSemana(dia);
  if (a.dias && !a.dias.includes(semana)) return 0;
  const numero = Math.floor(Date.parse(`${dia}T00:00:00Z`) / 86_400_000);
  // La tarjeta falla un par de días cada cuatro meses: la cuenta entera se detiene.
  const falla = Math.floor(azarDe(`${ads.act} pago ${Math.floor(numero / 120)}`)() * 110);
  if (numero % 120 === falla || numero % 120 === falla + 1) return 0;
  const azar = azarDe(`${ads.act} ${dia}`);
  const flojo = azar() < 0.05 ? 0.35 : 1;
  return (
    (ads.meses[Number(dia.slice(5, 7)) - 1] ?? 1) * (ads.semana[semana] ?? 1) * flojo * (0.9 + azar() * 0.2)
  );
}
