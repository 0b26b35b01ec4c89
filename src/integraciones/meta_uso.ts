import { setTimeout as dormir } from 'node:timers/promises';
import { z } from 'zod';
import { ErrorMeta } from './meta_errores.ts';

/** Desde aquí se va más despacio; en 100 se para. */
const FRENO = 75;
const PAUSA_MS = 400;
const MINUTO = 60_000;

const porcentaje = z.coerce.number().min(0).catch(0);
const negocio = z.record(
  z.string(),
  z.array(
    z.looseObject({
      call_count: porcentaje.optional(),
      total_cputime: porcentaje.optional(),
      total_time: porcentaje.optional(),
      /** Minutos. */
      estimated_time_to_regain_access: porcentaje.optional(),
    }),
  ),
);
const cuenta = z.looseObject({
  acc_id_util_pct: porcentaje.optional(),
  /** Segundos. */
  reset_time_duration: porcentaje.optional(),
});
const aplicacion = z.looseObject({
  call_count: porcentaje.optional(),
  total_cputime: porcentaje.optional(),
  total_time: porcentaje.optional(),
});
const insights = z.looseObject({
  app_id_util_pct: porcentaje.optional(),
  acc_id_util_pct: porcentaje.optional(),
});

export interface UsoMeta {
  /** Lee las cabeceras de una respuesta, buena o mala. */
  leer(cabeceras: unknown): void;
  /** Espera lo que toque antes de pedir. @throws ErrorMeta `limite` si Meta ya dijo hasta cuándo no contestará */
  antesDePedir(senal?: AbortSignal): Promise<void>;
  porcentaje(): number;
  /** Cuánto se espera antes de la siguiente petición, en ms; 0 por debajo de 75 %. */
  frenoMs(): number;
  /** Cuánto falta para que Meta vuelva a contestar, en ms; 0 si contesta. */
  faltaMs(): number;
  /** La pausa de base, en ms: también la de los reintentos. */
  readonly pausaMs: number;
}

/**
 * Lo gastado del cupo de Meta, según las cabeceras de la última respuesta: developers.facebook.com, «Rate Limits»
 * (X-Business-Use-Case-Usage en minutos, X-Ad-Account-Usage en segundos, x-fb-ads-insights-throttle, X-App-Usage).
 */
export function crearUso(o: { pausaMs?: number | undefined } = {}): UsoMeta {
  const pausa = o.pausaMs ?? PAUSA_MS;
  let pct = 0;
  let reanudar = 0;

  // De 75 a 99 la pausa crece de una vez a unas treinta: se llega a la siguiente hora sin chocar con el tope.
  const frenoMs = () => (pct >= FRENO ? pausa * 2 ** ((pct - FRENO) / 5) : 0);

  return {
    pausaMs: pausa,
    porcentaje: () => pct,
    frenoMs,
    faltaMs: () => Math.max(0, reanudar - Date.now()),
    leer(cabeceras) {
      if (typeof cabeceras !== 'object' || cabeceras === null) return;
      const c = cabeceras as Record<string, unknown>;
      const vistos: number[] = [];
      let esperaMs = 0;
      for (const filas of Object.values(abrir(negocio, c['x-business-use-case-usage']) ?? {}))
        for (const f of filas) {
          vistos.push(f.call_count ?? 0, f.total_cputime ?? 0, f.total_time ?? 0);
          esperaMs = Math.max(esperaMs, (f.estimated_time_to_regain_access ?? 0) * MINUTO);
        }
      const deCuenta = abrir(cuenta, c['x-ad-account-usage']);
      if (deCuenta) {
        vistos.push(deCuenta.acc_id_util_pct ?? 0);
        if ((deCuenta.acc_id_util_pct ?? 0) >= 100)
          esperaMs = Math.max(esperaMs, (deCuenta.reset_time_duration ?? 0) * 1000);
      }
      const deApp = abrir(aplicacion, c['x-app-usage']);
      if (deApp) vistos.push(deApp.call_count ?? 0, deApp.total_cputime ?? 0, deApp.total_time ?? 0);
      const deInsights = abrir(insights, c['x-fb-ads-insights-throttle']);
      if (deInsights) vistos.push(deInsights.app_id_util_pct ?? 0, deInsights.acc_id_util_pct ?? 0);
      if (vistos.length === 0) return;
      pct = Math.max(...vistos);
      if (pct >= 100 && esperaMs === 0) esperaMs = 5 * MINUTO;
      reanudar = esperaMs > 0 ? Date.now() + esperaMs : 0;
    },
    async antesDePedir(senal) {
      const falta = reanudar - Date.now();
      if (falta > 0) throw new ErrorMeta('limite', 'Se gastó el cupo de Meta.', { esperaMs: falta });
      const freno = frenoMs();
      if (freno > 0) await dormir(freno, undefined, senal ? { signal: senal } : {});
    },
  };
}

function abrir<T>(esquema: z.ZodType<T>, valor: unknown): T | null {
  if (typeof valor !== 'string' || valor.length > 20_000) return null;
  try {
    return esquema.parse(JSON.parse(valor));
  } catch {
    return null;
  }
}
