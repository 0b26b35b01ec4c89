import type { RequestHandler } from 'express';
import type { Contexto } from '../contexto.ts';
import { noEncontrado } from '../errores.ts';
import { exigirSesion } from '../cuentas/sesion.ts';
import { equipo } from '../modulos/equipo/index.ts';
import { type Modulo, modulosVisibles, parteDe, puedeVer } from '../modulos/index.ts';
import '../web/tipos_express.ts';

const LECTURAS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * La puerta de `/panel_cliente/:nombre_nora`. Deja `req.nora` y `req.membresia`.
 * Ajena, desconocida o suspendida responden el mismo 404: desde fuera no se distingue cuál es.
 */
export function crearPuerta(ctx: Contexto): RequestHandler[] {
  return [
    exigirSesion,
    async function entrarANora(req, _res, next) {
      const nombre = String(req.params['nombre_nora'] ?? '');
      const nora = ctx.registro.obtener(nombre);
      const usuario = req.usuario;
      const rol = nora?.activo && usuario ? await ctx.membresias.rolEn(usuario.id, nombre) : null;
      if (!nora || !usuario || !rol) return next(noEncontrado());
      req.nora = { ...nora, bd: ctx.bd.deNora(nora.nombre_nora) };
      req.membresia = rol;
      next();
    },
    ponerLocales(ctx),
    async function auditarAdmin(req, _res, next) {
      // Antes de escribir y no después: si no se puede apuntar quién fue, tampoco se escribe.
      if (req.membresia === 'admin' && !LECTURAS.has(req.method) && req.usuario) {
        await ctx.bd.servicio
          .rpc('auditar', {
            p_quien: req.usuario.id,
            p_accion: `panel ${req.method}`,
            p_entidad: req.path.slice(0, 200),
            p_nora: req.nora.nombre_nora,
            p_antes: null,
            p_despues: { campos: nombresDeCampos(req.body) },
          })
          .throwOnError();
      }
      next();
    },
  ];
}

/** Sólo deja pasar si la nora tiene encendido ese módulo ahora mismo y es para quien entra; si no, 404 con su porqué. */
export function exigirModulo(
  ctx: Pick<Contexto, 'registro'>,
  modulo: Pick<Modulo, 'clave' | 'soloDuenos' | 'titulo'>,
): RequestHandler {
  return function conModulo(req, res, next) {
    if (!puedeVer(modulo, req.membresia)) return next(noEncontrado());
    if (ctx.registro.moduloActivo(req.nora.nombre_nora, modulo.clave)) {
      const parte = parteDe(modulo.clave, req.membresia);
      if (!parte || `${req.path}/`.startsWith(`${parte.ruta}/`)) return next();
      if (req.path === '/' && LECTURAS.has(req.method)) return res.redirect(303, req.baseUrl + parte.ruta);
      return next(noEncontrado());
    }
    // Ya está dentro de la nora: decirle que se apagó no revela nada ajeno, y callarlo parece una falla.
    next(noEncontrado(`${modulo.titulo} está apagado en ${req.nora.nombre_visible}. Pídelo a tu agencia.`));
  };
}

/** Sólo el dueño de la nora o la administración; para un agente la ruta no existe. */
export const exigirDueno: RequestHandler = (req, _res, next) => {
  next(req.membresia === 'agente' ? noEncontrado() : undefined);
};

/** Lo que el marco del panel dibuja en todas sus páginas. */
function ponerLocales(ctx: Pick<Contexto, 'registro' | 'membresias'>): RequestHandler {
  return async function conLocales(req, res, next) {
    const { nombre_nora, nombre_visible, numero_nora, zona_horaria, foto_perfil, modulos } = req.nora;
    res.locals['nora'] = {
      nombre_nora,
      nombre_visible,
      numero_nora,
      zona_horaria,
      foto_perfil,
      modulos: [
        ...modulosVisibles(modulos, req.membresia),
        ...(puedeVer(equipo, req.membresia) ? [equipo] : []),
      ].map(({ clave, titulo, icono }) => {
        const parte = parteDe(clave, req.membresia);
        const ruta = `/panel_cliente/${nombre_nora}/${clave}${parte?.ruta ?? ''}`;
        return { clave, titulo: parte?.titulo ?? titulo, icono, ruta, parcial: parte !== null };
      }),
    };
    const cuenta = req.usuario && (await ctx.membresias.obtener(req.usuario.id));
    res.locals['noras_usuario'] = [...(cuenta?.noras.keys() ?? [])].flatMap((nombre) => {
      const otra = ctx.registro.obtener(nombre);
      if (!otra?.activo) return [];
      return [
        {
          nombre_nora: otra.nombre_nora,
          nombre_visible: otra.nombre_visible,
          foto_perfil: otra.foto_perfil,
        },
      ];
    });
    next();
  };
}

/** Los nombres y no los valores: la auditoría no guarda lo que alguien escribió a un cliente. */
function nombresDeCampos(cuerpo: unknown): string[] {
  if (!cuerpo || typeof cuerpo !== 'object') return [];
  return Object.keys(cuerpo)
    .filter((campo) => campo !== '_csrf')
    .slice(0, 50);
}
