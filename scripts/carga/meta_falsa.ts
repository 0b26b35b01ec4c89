import { crearFalsoMeta, type FalsoMeta } from '../../test/apoyo/falso_meta.ts';
import { cuentaFalsa } from '../../test/apoyo/falso_meta_datos.ts';
import { atenderPeticiones } from './canal.ts';

/** El Graph falso en su proceso: cuentas iguales entre sí, con el cupo por cuenta del nivel de desarrollo. */
export type PeticionMeta =
  | { tipo: 'abrir'; cuentas: number; anuncios: number; dias: string[]; primera: number }
  | { tipo: 'resumen' };
export interface MetaAbierta {
  url: string;
  token: string;
}
export interface ResumenMeta {
  peticiones: number;
  /** La cuenta que más pidió. */
  mayor: number;
  renglonesPorCuenta: number;
}

/** Meta da 300 llamadas por hora más 40 por anuncio activo en el nivel de desarrollo. */
export const cupoDe = (anuncios: number): number => 300 + 40 * anuncios;

let falso: FalsoMeta | null = null;
let porCuenta = 0;

atenderPeticiones<PeticionMeta>(async (p) => {
  if (p.tipo === 'abrir') {
    falso = await crearFalsoMeta();
    falso.cupo = cupoDe(p.anuncios);
    const modelo = cuentaFalsa({ act: 'act_1', anuncios: p.anuncios, dias: p.dias });
    porCuenta = modelo.renglones.length;
    for (let i = 0; i < p.cuentas; i++)
      falso.cuentas.set(`act_${p.primera + i}`, {
        ...modelo,
        id: `act_${p.primera + i}`,
        name: `Cuenta ${i + 1}`,
      });
    return { url: falso.url, token: falso.nuevoToken() } satisfies MetaAbierta;
  }
  const conteo = new Map<string, number>();
  for (const { ruta } of falso?.peticiones ?? []) {
    const act = ruta.split('/')[2] ?? '';
    conteo.set(act, (conteo.get(act) ?? 0) + 1);
  }
  return {
    peticiones: falso?.peticiones.length ?? 0,
    mayor: Math.max(0, ...conteo.values()),
    renglonesPorCuenta: porCuenta,
  } satisfies ResumenMeta;
});
