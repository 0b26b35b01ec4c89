import { Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { CLAVES_MODULOS, MODULOS, TITULOS_MODULOS } from '../modulos/index.ts';
import type { RutaPlantilla, TablaDeRutas } from '../noras/rutas.ts';
import { leer } from '../web/leer.ts';
import { enviarCsv, pagina } from './comun.ts';
import { esquemaRutas } from './esquemas.ts';

/** `/debug_rutas`: lo apuntado en la base junto a lo montado en este proceso. */
export function crearRutasDeRutas(ctx: Contexto, rutas: TablaDeRutas): Router {
  const router = Router();

  router.get('/debug_rutas', async (req, res) => {
    const { q, que } = leer(esquemaRutas, req.query);
    const datos = await compararRutas(ctx, rutas);
    const filas = datos.filas.filter(
      (f) => (que === '' || f.que === que || (que === 'diferentes' && f.que !== 'igual')) && coincide(f, q),
    );
    const todo = { ...datos, filas, q, que, consulta: new URLSearchParams({ q }).toString() };
    pagina(req, res, 'sistema/rutas', todo, { seccion: 'rutas', titulo: 'Rutas' });
  });

  router.get('/debug_rutas/csv', async (req, res) => {
    const { q } = leer(esquemaRutas, req.query);
    async function* paginas(): AsyncGenerator<unknown[][]> {
      for (let desde = 0; ; desde += 1000) {
        const { data } = await ctx.bd.servicio
          .from('rutas_registradas')
          .select('ruta, metodo, blueprint, nombre_nora, registrado_en')
          .order('ruta')
          .order('metodo')
          .range(desde, desde + 999)
          .throwOnError();
        yield data
          .filter((r) => coincide(r, q))
          .map((r) => [r.ruta, r.metodo, r.blueprint, r.nombre_nora, r.registrado_en]);
        if (data.length < 1000) return;
      }
    }
    const columnas = ['ruta', 'metodo', 'blueprint', 'nombre_nora', 'registrado_en'];
    await enviarCsv(res, 'rutas_registradas', columnas, paginas());
  });

  return router;
}

type QueRuta = 'igual' | 'sin_montar' | 'sin_registrar' | 'cambiada' | 'repetida';

/** Lo que puede tardar un arranque entre apuntar qué cambió y escribir las filas. */
const UN_ARRANQUE_MS = 10_000;

function coincide(
  r: { metodo: string | null; ruta: string | null; blueprint: string | null },
  q: string,
): boolean {
  return `${r.metodo} ${r.ruta} ${r.blueprint}`.toLowerCase().includes(q.toLowerCase());
}

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
      titulo: tituloDeModulo(m?.modulo ?? b?.modulo),
      registrado_en: b?.registrado_en ?? null,
      que,
    };
  });
  // De lo apuntado en la base y no de lo montado: lo montado siempre se tiene a sí mismo.
  const conFilas = new Set(apuntadas.map((r) => r.modulo));
  const conCodigo = new Set<string>(MODULOS.map((m) => m.clave));
  const sinFilas = CLAVES_MODULOS.filter((clave) => !conFilas.has(clave));
  const titulos = (claves: typeof sinFilas) => claves.map((clave) => TITULOS_MODULOS[clave]);
  // Todas las filas se escriben juntas al arrancar, después de apuntar sus cambios.
  const arranque = apuntadas.reduce<string | null>(
    (a, r) => (a === null || r.registrado_en > a ? r.registrado_en : a),
    null,
  );
  const lista = arranques as unknown as {
    cuando: string;
    cambios: { que: string; ruta: string; metodo: string; blueprint: string; antes: string | null }[];
  }[];
  const suyo =
    lista[0] && arranque && Date.parse(arranque) - Date.parse(lista[0].cuando) < UN_ARRANQUE_MS
      ? lista[0]
      : null;
  return {
    filas,
    montadas: montadas.size,
    registradas: enBase.size,
    diferentes: filas.filter((f) => f.que !== 'igual').length,
    sinFilas: titulos(sinFilas.filter((clave) => conCodigo.has(clave))),
    sinCodigo: titulos(sinFilas.filter((clave) => !conCodigo.has(clave))),
    arranque,
    /** Cuántas rutas cambiaron con el último arranque respecto al anterior. */
    cambiosUltimo: suyo?.cambios.length ?? 0,
    arranques: lista,
  };
}

function tituloDeModulo(clave: string | null | undefined): string | null {
  return clave ? ((TITULOS_MODULOS as Record<string, string>)[clave] ?? clave) : null;
}
