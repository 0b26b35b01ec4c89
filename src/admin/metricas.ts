import { createHash, timingSafeEqual } from 'node:crypto';
import { Router } from 'express';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Contexto } from '../contexto.ts';
import { noEncontrado } from '../errores.ts';
import { leerEstadoBase } from './sistema.ts';
import { contarTrabajos } from './sistema_datos.ts';

/** `GET /metricas` para Prometheus, con METRICAS_TOKEN. Sin token configurado, o con otro, no existe. */
export function crearMetricas(ctx: Contexto): Router {
  const router = Router();
  const registro = new Registry();
  collectDefaultMetrics({ register: registro });
  const medir = (nombre: string, ayuda: string, etiquetas: string[] = []) =>
    new Gauge({ name: `nora_${nombre}`, help: ayuda, labelNames: etiquetas, registers: [registro] });
  const noras = medir('noras', 'Noras en el registro');
  const sockets = medir('sockets', 'Sockets abiertos en este proceso');
  const carril = medir('carril_pendientes', 'Turnos en cada carril', ['carril']);
  const espera = medir('carril_espera_segundos', 'Cuanto lleva vencido el turno mas viejo', ['carril']);
  const trabajos = medir('trabajos', 'Trabajos de fondo por cola y estado', ['cola', 'estado']);
  const errores = medir('errores_abiertos', 'Errores sin resolver');
  const esperan = medir('esperan_persona', 'Contactos que esperan a una persona');
  const bytes = medir('base_bytes', 'Tamano de la base de datos');
  const cola = medir('avisos_cola', 'Fraccion ocupada de la cola de NOTIFY');

  router.get('/metricas', async (req, res) => {
    if (!permitido(ctx.config.metricasToken, req.get('authorization'))) throw noEncontrado();
    const [base, colas, abiertos, personas] = await Promise.all([
      leerEstadoBase(ctx),
      contarTrabajos(ctx),
      ctx.bd.servicio
        .from('logs_errores')
        .select('id', { count: 'exact', head: true })
        .eq('resuelto', false)
        .throwOnError(),
      ctx.bd.servicio
        .from('contactos')
        .select('id', { count: 'exact', head: true })
        .not('espera_humano_desde', 'is', null)
        .throwOnError(),
    ]);
    noras.set(ctx.registro.estado().noras);
    sockets.set(ctx.vivo.conectados());
    for (const nombre of ['respuesta', 'salida']) {
      const c = base.carriles.find((x) => x.carril === nombre);
      carril.set({ carril: nombre }, c?.n ?? 0);
      espera.set(
        { carril: nombre },
        c?.mas_viejo ? Math.max(0, (Date.now() - Date.parse(c.mas_viejo)) / 1000) : 0,
      );
    }
    trabajos.reset();
    for (const c of colas.colas) {
      for (const estado of ['pendientes', 'activos', 'fallidos'] as const)
        trabajos.set({ cola: c.cola, estado }, c[estado]);
    }
    errores.set(abiertos.count ?? 0);
    esperan.set(personas.count ?? 0);
    bytes.set(base.bytes);
    cola.set(base.avisos);
    res.setHeader('Cache-Control', 'no-store');
    res.type(registro.contentType).send(await registro.metrics());
  });
  return router;
}

function permitido(token: string | null, cabecera: string | undefined): boolean {
  if (!token || !cabecera?.startsWith('Bearer ')) return false;
  const resumen = (v: string) => createHash('sha256').update(v).digest();
  return timingSafeEqual(resumen(cabecera.slice('Bearer '.length)), resumen(token));
}
