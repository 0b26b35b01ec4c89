import { Router } from 'express';
import type { Contexto } from '../contexto.ts';
import type { Vida } from './vida.ts';

interface Dependencia {
  ok: boolean;
  detalle: string;
  [dato: string]: unknown;
}

const FRESCA_MS = 1000;
const TOPE_MS = 2000;

/**
 * `GET /salud`: 200 `{"estado":"ok"}` cuando puede atender; 503 antes, mientras drena o sin base.
 * El examen se comparte durante un segundo: preguntar mucho no cuesta más.
 */
export function crearSalud(ctx: Pick<Contexto, 'config' | 'bd' | 'registro' | 'modelo'>, vida: Vida): Router {
  const router = Router();
  let ultimo: { hecho: number; examen: Promise<Record<string, Dependencia>> } | null = null;

  router.get('/salud', async (_req, res) => {
    res.setHeader('Cache-Control', 'no-store');
    if (vida.momento !== 'listo') {
      res.status(503).json({ estado: vida.momento });
      return;
    }
    if (!ultimo || Date.now() - ultimo.hecho > FRESCA_MS)
      ultimo = { hecho: Date.now(), examen: examinar(ctx) };
    const dependencias = await ultimo.examen;
    const ok = Object.values(dependencias).every((d) => d.ok);
    res.status(ok ? 200 : 503).json({ estado: ok ? 'ok' : 'con_fallas', dependencias });
  });
  return router;
}

async function examinar(
  ctx: Pick<Contexto, 'config' | 'bd' | 'registro' | 'modelo'>,
): Promise<Record<string, Dependencia>> {
  const base = await conTope(ctx.bd.estado());
  const registro = ctx.registro.estado();
  const uso = base?.colaAvisos ?? 0;
  return {
    // Sin `detalle` de la base: puede nombrar servidores, y esta ruta la lee cualquiera.
    base: { ok: base?.ok ?? false, detalle: base?.ok ? base.modo : 'no responde', version: base?.version },
    // pg_notification_queue_usage(): con la cola llena los COMMIT fallan; se avisa desde la mitad.
    avisos: base?.ok
      ? { ok: uso < 0.5, detalle: `cola al ${Math.round(uso * 100)} %`, uso }
      : { ok: false, detalle: 'no se sabe: la base no responde' },
    registro: {
      ok: registro.cargado,
      detalle: registro.cargado ? `${registro.noras} noras` : 'sin cargar',
      ultima_carga: registro.ultima_carga,
    },
    // Ninguna de las dos impide atender: sin Twilio hay simulador y sin modelo contesta el modo local.
    whatsapp: { ok: true, detalle: ctx.config.twilio ? 'twilio' : sinTwilio(ctx.config.entorno) },
    ia: { ok: true, detalle: ctx.modelo ? 'modelo configurado' : 'modo local' },
  };
}

/** En produccion no hay simulador: sólo envían las noras con su propia cuenta. */
function sinTwilio(entorno: 'local' | 'produccion'): string {
  return entorno === 'local' ? 'simulador' : 'sólo cuentas propias';
}

/** null si tarda más que el tope o falla. */
async function conTope<T>(examen: Promise<T>): Promise<T | null> {
  let reloj: NodeJS.Timeout | undefined;
  const tope = new Promise<null>((cumplir) => {
    reloj = setTimeout(() => cumplir(null), TOPE_MS);
  });
  try {
    return await Promise.race([examen, tope]);
  } catch {
    return null;
  } finally {
    clearTimeout(reloj);
  }
}
