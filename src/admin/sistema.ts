import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { noEncontrado } from '../errores.ts';
import { MODULOS } from '../modulos/index.ts';
import type { RutaPlantilla, TablaDeRutas } from '../noras/rutas.ts';
import { enviarCsv, hecho, pagina, quien } from './comun.ts';
import { tamano } from './presentar.ts';
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

const TOPE_MS = 8000;

/** `/debug_info` y `/debug_rutas`. Nada de lo que muestran es secreto: ni llaves ni direcciones con clave. */
export function crearRutasSistema(ctx: Contexto, rutas: TablaDeRutas): Router {
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
        ['Entorno', ctx.config.entorno],
        ['Base', ctx.config.base.modo],
        ['Proceso', `${ctx.config.rol}, ${ctx.config.procesosWeb} web`],
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
      carriles: base.carriles,
      trabajos,
      fallidos,
      migraciones: base.migraciones,
      tareas: base.tareas,
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

  router.get('/debug_rutas', async (req, res) => {
    const datos = await compararRutas(ctx, rutas);
    const { q: pedido } = req.query;
    const q = typeof pedido === 'string' ? pedido.slice(0, 80).toLowerCase() : '';
    const filas = datos.filas.filter((f) => `${f.metodo} ${f.ruta} ${f.blueprint}`.toLowerCase().includes(q));
    pagina(req, res, 'sistema/rutas', { ...datos, filas, q }, { seccion: 'rutas', titulo: 'Rutas' });
  });

  router.get('/debug_rutas/csv', async (_req, res) => {
    async function* paginas(): AsyncGenerator<unknown[][]> {
      let desde = 0;
      for (;;) {
        const { data } = await ctx.bd.servicio
          .from('rutas_registradas')
          .select('ruta, metodo, blueprint, nombre_nora, registrado_en')
          .order('ruta')
          .order('metodo')
          .range(desde, desde + 999)
          .throwOnError();
        yield data.map((r) => [r.ruta, r.metodo, r.blueprint, r.nombre_nora, r.registrado_en]);
        if (data.length < 1000) return;
        desde += 1000;
      }
    }
    await enviarCsv(
      res,
      'rutas_registradas',
      ['ruta', 'metodo', 'blueprint', 'nombre_nora', 'registrado_en'],
      paginas(),
    );
  });

  return router;
}

export async function leerEstadoBase(ctx: Pick<Contexto, 'bd'>): Promise<EstadoBase> {
  const { data } = await ctx.bd.servicio.rpc('estado_base').throwOnError();
  return data as unknown as EstadoBase;
}

export interface Integracion {
  nombre: string;
  tono: 'verde' | 'ambar' | 'rojo' | 'gris';
  detalle: string;
}

/** Pregunta a cada integración ahora mismo, con tope de tiempo. */
export async function revisarIntegraciones(ctx: Contexto): Promise<Integracion[]> {
  const { modelo, correo } = ctx;
  const revisar = async (
    nombre: string,
    hacer: () => Promise<{ ok: boolean; detalle: string }>,
  ): Promise<Integracion> => {
    try {
      const { ok, detalle } = await conTope(hacer());
      return { nombre, tono: ok ? 'verde' : 'rojo', detalle };
    } catch {
      return { nombre, tono: 'rojo', detalle: 'No contestó a tiempo.' };
    }
  };
  const revisarMeta = (): Integracion | Promise<Integracion> => {
    const estado = ctx.meta.estado();
    return estado
      ? revisar('Meta', () => estado)
      : { nombre: 'Meta', tono: 'gris', detalle: 'Sin META_APP_ID: los permisos de anuncios se pegan.' };
  };
  return Promise.all([
    revisar('Base de datos', async () => {
      const e = await ctx.bd.estado();
      return { ok: e.ok, detalle: e.ok ? `${e.modo}, responde` : 'No responde.' };
    }),
    ctx.whatsapp.simulado
      ? { nombre: 'WhatsApp', tono: 'ambar', detalle: 'Teléfono simulado: faltan credenciales de Twilio.' }
      : revisar('WhatsApp', () => ctx.whatsapp.estado(null)),
    modelo
      ? revisar('IA', () => modelo.estado())
      : { nombre: 'IA', tono: 'ambar', detalle: 'Modo local: falta OPENAI_API_KEY.' },
    revisarMeta(),
    correo
      ? revisar('Correo', async () => {
          const r = await correo.estado();
          return r.ok ? { ok: true, detalle: 'El servidor contesta.' } : { ok: false, detalle: r.motivo };
        })
      : { nombre: 'Correo', tono: 'gris', detalle: 'Sin SMTP_URL: las ligas se muestran en pantalla.' },
  ]);
}

function conTope<T>(hacer: Promise<T>): Promise<T> {
  let reloj: NodeJS.Timeout | undefined;
  const tope = new Promise<never>((_, fallar) => {
    reloj = setTimeout(() => fallar(new Error('tope')), TOPE_MS);
  });
  return Promise.race([hacer, tope]).finally(() => clearTimeout(reloj));
}

type QueRuta = 'igual' | 'sin_montar' | 'sin_registrar' | 'cambiada' | 'repetida';

/** Lo apuntado en la base junto a lo montado en este proceso, y lo que cambió el último despliegue. */
async function compararRutas(ctx: Contexto, rutas: TablaDeRutas) {
  const [{ data: apuntadas }, { data: arranques }] = await Promise.all([
    ctx.bd.servicio
      .from('rutas_plantilla')
      .select('ruta, metodo, blueprint, modulo, registrado_en')
      .order('ruta')
      .throwOnError(),
    ctx.bd.servicio
      .from('rutas_arranques')
      .select('cuando, cambios')
      .order('cuando', { ascending: false })
      .limit(10)
      .throwOnError(),
  ]);
  const llave = (r: { metodo: string; ruta: string }) => `${r.metodo} ${r.ruta}`;
  const montadas = new Map<string, RutaPlantilla>(rutas.lista().map((r) => [llave(r), r]));
  const enBase = new Map(apuntadas.map((r) => [llave(r), r]));
  const formas = new Map<string, number>();
  for (const r of montadas.values()) {
    const forma = `${r.metodo} ${r.ruta.replace(/:\w+/g, ':')}`;
    formas.set(forma, (formas.get(forma) ?? 0) + 1);
  }
  const filas = [...new Set([...montadas.keys(), ...enBase.keys()])].sort().map((clave) => {
    const m = montadas.get(clave);
    const b = enBase.get(clave);
    const { metodo, ruta } = (m ?? b) as { metodo: string; ruta: string };
    const que: QueRuta = !m
      ? 'sin_montar'
      : !b
        ? 'sin_registrar'
        : (formas.get(`${metodo} ${ruta.replace(/:\w+/g, ':')}`) ?? 0) > 1
          ? 'repetida'
          : m.blueprint !== b.blueprint
            ? 'cambiada'
            : 'igual';
    return {
      metodo,
      ruta,
      blueprint: m?.blueprint ?? b?.blueprint ?? '',
      modulo: m?.modulo ?? b?.modulo ?? null,
      registrado_en: b?.registrado_en ?? null,
      que,
    };
  });
  const conFilas = new Set(filas.map((f) => f.modulo));
  return {
    filas,
    montadas: montadas.size,
    registradas: enBase.size,
    diferentes: filas.filter((f) => f.que !== 'igual').length,
    modulosSinRutas: MODULOS.filter((m) => !conFilas.has(m.clave)).map((m) => m.titulo),
    arranques: arranques as unknown as {
      cuando: string;
      cambios: { que: string; ruta: string; metodo: string; blueprint: string; antes: string | null }[];
    }[],
  };
}

const VERSION = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

function duracion(segundos: number): string {
  if (segundos < 3600) return `${Math.round(segundos / 60)} min`;
  return segundos < 86_400 ? `${(segundos / 3600).toFixed(1)} h` : `${(segundos / 86_400).toFixed(1)} días`;
}
