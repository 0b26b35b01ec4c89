import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { noEncontrado } from '../errores.ts';
import { hecho, pagina, quien } from './comun.ts';
import { tamano } from './presentar.ts';
import { MODOS_BASE, revisarIntegraciones } from './integraciones.ts';
import { tituloDeCola } from './nombres.ts';
import { contarTrabajos, listarTrabajosFallidos, reintentarTrabajo } from './sistema_datos.ts';

interface EstadoBase {
  bytes: number;
  version: string;
  conexiones: number;
  avisos: number;
  migraciones: { nombre: string; aplicada: string }[];
  carriles: { carril: string; n: number; vencidos: number; mas_viejo: string | null; trabajando: number }[];
  tareas: { nombre: string; ultimo: string }[];
}

const ROLES = { todo: 'Hace todo', web: 'Sólo páginas', trabajos: 'Sólo trabajos' };

/** `/debug_info`. Nada de lo que muestra es secreto: ni llaves ni direcciones con clave. */
export function crearRutasSistema(ctx: Contexto): Router {
  const router = Router();
  const retraso = monitorEventLoopDelay({ resolution: 20 });
  retraso.enable();

  router.get('/debug_info', async (req, res) => {
    const [base, trabajos, fallidos, integraciones] = await Promise.all([
      leerEstadoBase(ctx),
      contarTrabajos(ctx),
      listarTrabajosFallidos(ctx),
      revisarIntegraciones(ctx),
    ]);
    const memoria = process.memoryUsage();
    const datos = {
      versiones: [
        ['Nora', VERSION],
        ['Node', process.version],
        ['PostgreSQL', base.version],
        ['Entorno', ctx.config.entorno === 'produccion' ? 'Producción' : 'Local'],
        ['Base', MODOS_BASE[ctx.config.base.modo]],
        [
          'Este proceso',
          `${ROLES[ctx.config.rol]}${ctx.config.procesosWeb > 1 ? `, ${ctx.config.procesosWeb} web` : ''}`,
        ],
        ['WhatsApp', ctx.whatsapp.simulado ? 'Teléfono simulado' : 'Twilio'],
        ['IA', ctx.modelo ? 'Proveedor' : 'Modo local'],
        ['Encendido', duracion(process.uptime())],
      ],
      proceso: [
        ['Memoria', tamano(memoria.rss)],
        ['Montón de JavaScript', `${tamano(memoria.heapUsed)} de ${tamano(memoria.heapTotal)}`],
        ['Retraso del ciclo, p99', `${(retraso.percentile(99) / 1e6).toFixed(1)} ms`],
        ['Sockets abiertos aquí', String(ctx.vivo.conectados())],
        ['Noras en el registro', String(ctx.registro.estado().noras)],
        ['Tamaño de la base', tamano(base.bytes)],
        ['Conexiones a la base', String(base.conexiones)],
        ['Cola de avisos', `${Math.round(base.avisos * 100)} %`],
      ],
      integraciones,
      carriles: base.carriles.map((c) => ({ ...c, titulo: tituloDeCola(c.carril) })),
      enFila: trabajos.pendientes + base.carriles.reduce((n, c) => n + c.n, 0),
      trabajos: { ...trabajos, colas: trabajos.colas.map((c) => ({ ...c, titulo: tituloDeCola(c.cola) })) },
      fallidos: fallidos.map((f) => ({ ...f, titulo: tituloDeCola(f.cola) })),
      migraciones: base.migraciones,
      tareas: base.tareas.map((t) => ({ ...t, titulo: tituloDeCola(t.nombre) })),
    };
    retraso.reset();
    pagina(req, res, 'sistema/info', datos, { seccion: 'sistema', titulo: 'Sistema' });
  });

  router.post('/debug_info/trabajos/:id', async (req, res) => {
    const id = String(req.params['id']);
    if (!/^[0-9a-f-]{36}$/.test(id) || !(await reintentarTrabajo(ctx, id)))
      throw noEncontrado('Ese trabajo ya no está entre los fallidos.');
    await ctx.bd.servicio
      .rpc('auditar', { p_quien: quien(req), p_accion: 'reintentar', p_entidad: `trabajo ${id}` })
      .throwOnError();
    hecho(req, res, { ruta: '/debug_info#colas', texto: 'El trabajo volvió a la fila.' });
  });

  return router;
}

export async function leerEstadoBase(ctx: Pick<Contexto, 'bd'>): Promise<EstadoBase> {
  const { data } = await ctx.bd.servicio.rpc('estado_base').throwOnError();
  return data as unknown as EstadoBase;
}

const VERSION = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

function duracion(segundos: number): string {
  if (segundos < 3600) return `${Math.round(segundos / 60)} min`;
  return segundos < 86_400 ? `${(segundos / 3600).toFixed(1)} h` : `${(segundos / 86_400).toFixed(1)} días`;
}
