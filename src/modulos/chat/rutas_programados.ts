import { Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { dividir } from '../../integraciones/dividir.ts';
import { leer } from '../../web/leer.ts';
import { renderizar } from '../../web/vistas.ts';
import { recibirEnvio } from './archivos.ts';
import { idUsuario } from '../../web/pagina.ts';
import { esFragmento, exigirHora, fragmento, responderCambio, VISTAS } from './comun.ts';
import * as equipo from './consultas_equipo.ts';
import * as esquemas from './esquemas.ts';
import { baseDe, entornoDe } from './paginas.ts';
import { minimoLocal, presentarProgramado } from './presentar_equipo.ts';

const TARDE = 'Ese mensaje ya salió o se canceló.';

/** Enviar después: programar, ver lo que falta por salir, editar y cancelar. */
export function crearRutasProgramados(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });

  rutas.get('/programados', async (req, res) => {
    const { despues } = leer(esquemas.consultaProgramados, req.query);
    const filas = await equipo.listarProgramados(req.nora.bd, despues);
    const e = entornoDe(req);
    const programados = filas.slice(0, equipo.PAGINA_PROGRAMADOS).map((m) => presentarProgramado(m, e));
    const ultimo = filas.length > equipo.PAGINA_PROGRAMADOS ? programados.at(-1) : undefined;
    renderizar(res, `${VISTAS}/programados`, {
      titulo: 'Mensajes programados · Chat',
      base: e.base,
      programados,
      siguiente: ultimo ? `${e.base}/programados?${new URLSearchParams({ despues: ultimo.cursor })}` : '',
    });
  });

  rutas.post('/:contacto/programados', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const { cuerpo, adjuntos } = await recibirEnvio(ctx, req);
    const { texto, cuando, clave_cliente: clave } = leer(esquemas.cuerpoProgramado, cuerpo);
    const textos = dividir(texto);
    if (textos.length + adjuntos.length === 0)
      throw new ErrorApp(422, 'vacio', 'Escribe el mensaje que quieres enviar después.');
    const mensaje = { contacto, texto, textos, adjuntos, cuando, clave, usuario: idUsuario(req) };
    const hecho = await equipo.programarMensaje(req.nora.bd, mensaje);
    if (!hecho) throw noEncontrado('Esa conversación no existe.');
    exigirHora(hecho.r);
    if (hecho.r === 'demasiados') {
      throw new ErrorApp(
        409,
        'demasiados',
        'Esta conversación ya tiene 50 mensajes programados. Cancela alguno.',
      );
    }
    await responderCambio(ctx, req, res, contacto);
  });

  rutas.get('/:contacto/programados/:id', async (req, res) => {
    const { contacto, id } = leer(esquemas.parametrosProgramado, req.params);
    const fila = await equipo.abrirProgramado(req.nora.bd, id);
    if (fila?.contacto_id !== contacto || fila.estado !== 'programado') throw noEncontrado(TARDE);
    const e = entornoDe(req);
    const datos = {
      base: e.base,
      programado: { ...presentarProgramado(fila, e), textoCrudo: fila.texto },
      minimo: minimoLocal(e),
    };
    if (esFragmento(req)) return fragmento(res, '_programado', datos);
    renderizar(res, `${VISTAS}/suelta`, {
      ...datos,
      vista: '_programado',
      titulo: 'Mensaje programado · Chat',
    });
  });

  rutas.post('/:contacto/programados/:id', async (req, res) => {
    const { contacto, id } = leer(esquemas.parametrosProgramado, req.params);
    const { texto, cuando } = leer(esquemas.cuerpoEdicion, req.body);
    const cambios = { texto, textos: dividir(texto), cuando };
    const hecho = await equipo.editarProgramado(req.nora.bd, id, cambios, idUsuario(req));
    if (!hecho) throw noEncontrado(TARDE);
    exigirHora(hecho.r);
    if (hecho.r === 'tarde') throw new ErrorApp(409, 'tarde', TARDE);
    if (hecho.r === 'vacio') {
      throw new ErrorApp(422, 'vacio', 'Escribe el mensaje.', { campos: { texto: 'Escribe el mensaje.' } });
    }
    await responderCambio(ctx, req, res, contacto);
  });

  rutas.delete('/:contacto/programados/:id', async (req, res) => {
    const { contacto, id } = leer(esquemas.parametrosProgramado, req.params);
    const hecho = await equipo.cancelarProgramado(req.nora.bd, id, idUsuario(req));
    if (!hecho) throw noEncontrado(TARDE);
    if (hecho.r === 'tarde') throw new ErrorApp(409, 'tarde', TARDE);
    if (req.query['volver'] === 'lista') return res.redirect(303, `${baseDe(req)}/programados`);
    await responderCambio(ctx, req, res, contacto);
  });

  return rutas;
}
