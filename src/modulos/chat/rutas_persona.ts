import { type Request, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { borrarPendientes } from '../../mensajes/limpieza.ts';
import { leer } from '../../web/leer.ts';
import { renderizar } from '../../web/vistas.ts';
import { idUsuario } from '../../web/pagina.ts';
import { esFragmento, fragmento, VISTAS } from './comun.ts';
import * as consultas from './consultas.ts';
import * as equipo from './consultas_equipo.ts';
import * as esquemas from './esquemas.ts';
import { exportarConversacion } from './exportar.ts';
import { baseDe, entornoDe } from './paginas.ts';
import { nombreDe, telefonoDe } from './presentar_persona.ts';

/** Llevarse una conversación y borrar a una persona cuando lo pide. */
export function crearRutasPersona(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });

  rutas.get('/:contacto/exportacion', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const { formato, notas } = leer(esquemas.consultaExportacion, req.query);
    const hallado = await consultas.obtenerFila(req.nora.bd, contacto, idUsuario(req));
    if (!hallado) throw noEncontrado('Esa conversación no existe.');
    await exportarConversacion(req, res, hallado.fila, { formato, notas: notas === '1' }, entornoDe(req));
  });

  rutas.get('/:contacto/borrado', async (req, res) => {
    exigirDueno(req);
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const chat = await consultas.abrirChat(req.nora.bd, contacto, 1);
    if (!chat) throw noEncontrado('Esa conversación no existe.');
    const c = chat.contacto;
    const datos = {
      base: baseDe(req),
      persona: {
        id: contacto,
        nombre: nombreDe(c),
        telefono: telefonoDe(c.telefono) || (c.id_whatsapp ?? ''),
        oculto: !c.telefono,
      },
    };
    if (esFragmento(req)) return fragmento(res, '_borrado', datos);
    renderizar(res, `${VISTAS}/suelta`, {
      ...datos,
      vista: '_borrado',
      titulo: 'Borrar a una persona · Chat',
    });
  });

  rutas.post('/:contacto/borrado', async (req, res) => {
    exigirDueno(req);
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const { telefono } = leer(esquemas.cuerpoBorrado, req.body);
    const hecho = await equipo.borrarPersona(req.nora.bd, contacto, telefono, idUsuario(req));
    if (!hecho) throw noEncontrado('Esa conversación no existe.');
    if (hecho.r === 'no_coincide') {
      const texto = 'No es el teléfono de esta persona. No se borró nada.';
      throw new ErrorApp(422, 'no_coincide', texto, { campos: { telefono: texto } });
    }
    // Los archivos ya están apuntados: si esto falla a la mitad, el trabajo de la noche lo termina.
    await borrarPendientes(ctx).catch((error: unknown) =>
      ctx.registrarError('Web', error, req.nora.nombre_nora, 'borrar persona'),
    );
    ctx.vivo.emitir(req.nora.nombre_nora, 'contacto:actualizado', { contacto_id: contacto });
    if (!esFragmento(req)) return res.redirect(303, baseDe(req));
    fragmento(res, '_ir', { url: baseDe(req) });
  });

  return rutas;
}

/** Borrar no se deshace: lo decide quien es dueño de la cuenta. */
function exigirDueno(req: Request): void {
  if (req.membresia === 'agente') {
    throw new ErrorApp(
      403,
      'sin_permiso',
      'Sólo los dueños de la cuenta pueden borrar a una persona. Pídeselo a uno.',
    );
  }
}
