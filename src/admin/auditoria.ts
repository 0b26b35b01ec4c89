import { Router } from 'express';
import type { Contexto } from '../contexto.ts';
import { leer } from '../web/leer.ts';
import { presentarCambios, presentarEntidad } from './auditoria_presentar.ts';
import { enviarCsv, pagina } from './comun.ts';
import { esquemaAuditoria } from './esquemas.ts';

interface FilaAuditoria {
  id: string;
  cuando: string;
  accion: string;
  entidad: string;
  nombre_nora: string | null;
  antes: unknown;
  despues: unknown;
  quien: string | null;
  correo: string | null;
}

const PAGINA = 50;
/** Las acciones más usadas, para proponerlas en el filtro; cualquier otra se puede escribir. */
const ACCIONES = [
  'crear',
  'actualizar',
  'guardar',
  'borrar',
  'activar',
  'desactivar',
  'aplicar',
  'clonar',
  'exportar',
  'invitar',
  'aceptar',
  'cancelar',
  'cambiar rol',
  'quitar',
  'poner',
  'recuperar',
  'resolver',
  'reabrir',
  'reintentar',
];
const COLUMNAS = [
  'cuando',
  'quien',
  'correo',
  'accion',
  'entidad',
  'nombre_nora',
  'antes',
  'despues',
] as const;

/** `/admin/auditoria`: quién cambió qué, con antes y después. */
export function crearRutasAuditoria(ctx: Contexto): Router {
  const router = Router();

  router.get('/auditoria', async (req, res) => {
    const { antes, antes_id, ...filtro } = leer(esquemaAuditoria, req.query);
    const filas = await listar(filtro, antes, antes_id, PAGINA);
    const visibles = filas.slice(0, PAGINA);
    const ultimo = filas.length > PAGINA ? visibles.at(-1) : undefined;
    const datos = {
      filtro,
      filas: visibles.map((f) => ({
        ...f,
        que: f.accion,
        cosa: presentarEntidad(f.entidad, f.accion),
        cambios: presentarCambios(f.entidad, f.antes, f.despues),
      })),
      acciones: ACCIONES,
      siguiente:
        ultimo && new URLSearchParams({ ...filtro, antes: ultimo.cuando, antes_id: ultimo.id }).toString(),
      consulta: new URLSearchParams(filtro).toString(),
    };
    pagina(req, res, 'auditoria/index', datos, { seccion: 'auditoria', titulo: 'Auditoría' });
  });

  router.get('/auditoria/csv', async (req, res) => {
    const { antes: _a, antes_id: _b, ...filtro } = leer(esquemaAuditoria, req.query);
    async function* paginas(): AsyncGenerator<unknown[][]> {
      let antes: string | null = null;
      let id: string | null = null;
      for (;;) {
        const filas = await listar(filtro, antes, id, 500);
        const lote = filas.slice(0, 500);
        yield lote.map((f) => COLUMNAS.map((c) => f[c]));
        const ultimo = lote.at(-1);
        if (filas.length <= 500 || !ultimo) return;
        antes = ultimo.cuando;
        id = ultimo.id;
      }
    }
    await enviarCsv(res, 'auditoria', [...COLUMNAS], paginas());
  });

  return router;

  async function listar(
    filtro: object,
    antes: string | null,
    id: string | null,
    n: number,
  ): Promise<FilaAuditoria[]> {
    const { data } = await ctx.bd.servicio
      .rpc('listar_auditoria', {
        p: filtro as never,
        p_antes: antes as string,
        p_antes_id: id as string,
        p_n: n,
      })
      .throwOnError();
    return data as unknown as FilaAuditoria[];
  }
}
