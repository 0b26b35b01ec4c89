import { timingSafeEqual } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import { exigirSesion } from '../../cuentas/sesion.ts';

const llegada = z.object({
  state: z.string().max(200).catch(''),
  code: z.string().max(2000).optional().catch(undefined),
});

/**
 * Adonde Facebook regresa a la persona: una sola dirección para todas las noras, porque Meta exige registrarla. Aquí sólo
 * se comprueba que el regreso es de la ida que esta sesión empezó; el canje se hace ya dentro del panel, con su puerta.
 */
export function crearRegresoFacebook(): Router {
  const rutas = Router();
  rutas.get('/ads/facebook', exigirSesion, (req, res) => {
    const { state, code } = llegada.parse(req.query);
    const ida = req.session.facebook;
    delete req.session.facebook;
    res.setHeader('Referrer-Policy', 'no-referrer');
    if (!ida || ida.hasta < Date.now() || !iguales(ida.estado, state)) {
      req.session.aviso = {
        tipo: 'mal',
        texto: 'Ese regreso de Facebook ya no vale. Empieza de nuevo desde la página de cuentas.',
      };
      return res.redirect(303, ida ? `/panel_cliente/${ida.nora}/ads/cuentas` : '/');
    }
    const cuentas = `/panel_cliente/${ida.nora}/ads/cuentas`;
    if (!code) {
      req.session.aviso = { tipo: 'mal', texto: 'No diste permiso en Facebook, así que no se conectó nada.' };
      return res.redirect(303, cuentas);
    }
    // El código va en la sesión y no en la dirección: las direcciones acaban en bitácoras e historiales.
    req.session.facebook = { ...ida, codigo: code };
    res.redirect(303, `${cuentas}/facebook/canje`);
  });
  return rutas;
}

function iguales(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}
