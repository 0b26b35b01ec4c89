import { Router } from 'express';
import { pedirSincronizacion } from '../ads/sincronizar/pedir.ts';
import type { Contexto } from '../contexto.ts';
import { exigirAdmin, exigirSesion } from '../cuentas/sesion.ts';
import type { TablaDeRutas } from '../noras/rutas.ts';
import { crearRutasAdminAds } from './ads.ts';
import { crearRutasAuditoria } from './auditoria.ts';
import { crearRutasDashboard } from './dashboard.ts';
import { crearRutasErrores } from './errores.ts';
import { crearRutasModulos } from './modulos.ts';
import { crearRutasNoras } from './noras.ts';
import { crearRutasSistema } from './sistema.ts';
import { crearRutasDeRutas } from './sistema_rutas.ts';
import { crearRutasUsuarios } from './usuarios.ts';

/** Un pedazo de la administración, listo para montarse. */
export interface SeccionAdmin {
  nombre: string;
  prefijo: string;
  router: Router;
}

/**
 * Administración de la plataforma. Quien no es admin recibe 404 en todo, y no sabe qué existe.
 * `/debug_info` y `/debug_rutas` cuelgan de la raíz: por eso cada ruta suya lleva la puerta y no todo el prefijo.
 */
export function crearAdmin(ctx: Contexto, rutas: TablaDeRutas): SeccionAdmin[] {
  const puerta = [exigirSesion, exigirAdmin];
  const seccion = (nombre: string, adentro: Router): SeccionAdmin => {
    const router = Router();
    router.use(puerta, adentro);
    return { nombre, prefijo: '/admin', router };
  };
  const sistema = Router();
  sistema.use(['/debug_info', '/debug_rutas'], puerta);
  sistema.use(crearRutasSistema(ctx), crearRutasDeRutas(ctx, rutas));
  return [
    { nombre: 'debug_bp', prefijo: '/', router: sistema },
    seccion('admin_dashboard_bp', crearRutasDashboard(ctx)),
    seccion('admin_noras_bp', crearRutasNoras(ctx)),
    seccion('admin_modulos_bp', crearRutasModulos(ctx)),
    seccion('admin_usuarios_bp', crearRutasUsuarios(ctx)),
    seccion('admin_ads_bp', crearRutasAdminAds(ctx, pedirSincronizacion)),
    seccion('admin_debug_bp', crearRutasErrores(ctx)),
    seccion('admin_auditoria_bp', crearRutasAuditoria(ctx)),
  ];
}
