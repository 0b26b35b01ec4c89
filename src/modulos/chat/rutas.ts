import { Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { dividir } from '../../integraciones/dividir.ts';
import { rellenar } from '../../mensajes/variables.ts';
import { leer } from '../../web/leer.ts';
import { renderizar } from '../../web/vistas.ts';
import { enviarAdjunto, recibirEnvio } from './archivos.ts';
import { idUsuario } from '../../web/pagina.ts';
import {
  avisarMensajes,
  conHilo,
  crearCambio,
  enviarMensajes,
  enviarPartes,
  esFragmento,
  fragmento,
  impedido,
  VISTAS,
  volver,
} from './comun.ts';
import * as consultas from './consultas.ts';
import * as esquemas from './esquemas.ts';
import { baseDe, datosChat, datosLista, datosMensajes, datosVista, entornoDe } from './paginas.ts';
import { presentarFila } from './presentar.ts';
import { presentarFuentes, presentarMensajes } from './presentar_mensajes.ts';
import { tonoDe } from './presentar_persona.ts';
import { crearRutasEquipo } from './rutas_equipo.ts';
import { crearRutasPersona } from './rutas_persona.ts';
import { crearRutasPlantillas } from './rutas_plantillas.ts';
import { crearRutasProgramados } from './rutas_programados.ts';

// Antes que el primer mensaje posible: con él, «después de» incluye al mensaje del cursor.
const ID_CERO = '00000000-0000-0000-0000-000000000000';

/** Rutas de `/panel_cliente/:nombre_nora/chat`. Todo pasa por `req.nora.bd`: sólo existe lo de esa nora. */
export function crearRutasChat(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });
  const cambio = crearCambio(ctx);

  rutas.get('/', async (req, res) => {
    const { contacto, ...q } = leer(esquemas.consultaLista, req.query);
    if (contacto) return res.redirect(303, `${baseDe(req)}/${contacto}`);
    const pagina = await consultas.listarChats(req.nora.bd, { ...q, usuario: idUsuario(req) });
    const e = entornoDe(req, pagina.etiquetas);
    renderizar(res, `${VISTAS}/index`, {
      titulo: 'Chat',
      base: e.base,
      vista: 'lista',
      lista: datosLista(req, q, pagina, e),
    });
  });

  rutas.get('/lista', async (req, res) => {
    const q = leer(esquemas.consultaLista, req.query);
    const pagina = await consultas.listarChats(req.nora.bd, { ...q, usuario: idUsuario(req) });
    const e = entornoDe(req, pagina.etiquetas);
    fragmento(res, '_lista', { base: e.base, lista: datosLista(req, q, pagina, e) });
  });

  rutas.get('/rapidas', async (req, res) => {
    const { q, contacto } = leer(esquemas.consultaRapidas, req.query);
    const [rapidas, datos] = await Promise.all([
      consultas.buscarRapidas(req.nora.bd, q),
      contacto ? consultas.datosVariables(req.nora.bd, contacto) : null,
    ]);
    // Quien escribe ve ya lo que va a mandar, y lo puede corregir antes.
    const llenar = (texto: string) => (datos ? rellenar(texto, { ...datos, ahora: new Date() }) : texto);
    fragmento(res, '_rapidas', { q, rapidas: rapidas.map((r) => ({ ...r, texto: llenar(r.texto) })) });
  });

  rutas.get('/adjuntos/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosAdjunto, req.params);
    const adjunto = await consultas.buscarAdjunto(req.nora.bd, id);
    if (!adjunto) throw noEncontrado('Ese archivo no existe.');
    await enviarAdjunto(ctx, req, res, adjunto);
  });

  rutas.use(
    crearRutasProgramados(ctx),
    crearRutasPlantillas(ctx),
    crearRutasEquipo(ctx),
    crearRutasPersona(ctx),
  );

  rutas.get('/:contacto', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const { ver, mensaje, antes } = leer(esquemas.consultaContacto, req.query);
    const q = leer(esquemas.consultaLista, { ...req.query, antes: undefined });
    const [chat, pagina, otros] = await Promise.all([
      consultas.abrirChat(req.nora.bd, contacto, mensaje || antes ? 1 : undefined),
      esFragmento(req) ? null : consultas.listarChats(req.nora.bd, { ...q, usuario: idUsuario(req) }),
      mensaje
        ? consultas.listarMensajes(req.nora.bd, contacto, { despues: { ...mensaje, id: ID_CERO } })
        : antes && consultas.listarMensajes(req.nora.bd, contacto, { antes }),
    ]);
    if (!chat) throw noEncontrado('Esa conversación no existe.');
    const e = entornoDe(req, chat.etiquetas);
    const hilo = datosMensajes(otros || chat, contacto, mensaje ? 'ambos' : 'atras', e);
    const datos = { base: e.base, ...datosChat(chat, hilo, e, req.membresia), hallado: mensaje?.id ?? '' };
    if (!pagina) return fragmento(res, '_abrir', { ...datos, lista: datosVista(req, q, chat.etiquetas, e) });
    const vista = ver === 'ficha' ? 'ficha' : 'hilo';
    renderizar(res, `${VISTAS}/index`, {
      ...datos,
      titulo: 'Chat',
      vista,
      lista: datosLista(req, q, pagina, e),
    });
  });

  rutas.get('/:contacto/mensajes', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const { ids, antes, despues } = leer(esquemas.consultaMensajes, req.query);
    const e = entornoDe(req);
    if (ids) {
      const mensajes = await consultas.listarPorId(req.nora.bd, contacto, ids);
      return fragmento(res, '_mensajes', conHilo({ mensajes, hay_mas: false }, contacto, 'atras', e));
    }
    const pagina = await consultas.listarMensajes(req.nora.bd, contacto, { antes, despues });
    fragmento(res, '_mensajes', conHilo(pagina, contacto, despues ? 'adelante' : 'atras', e));
  });

  rutas.get('/:contacto/fila', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const q = leer(esquemas.consultaLista, req.query);
    const hallada = await consultas.obtenerFila(req.nora.bd, contacto, idUsuario(req));
    if (!hallada) throw noEncontrado('Esa conversación no existe.');
    const e = entornoDe(req, hallada.etiquetas);
    const lista = { ...datosVista(req, q, [], e), conteos: hallada.conteos };
    fragmento(res, '_fila', { base: e.base, lista, fila: presentarFila(hallada.fila, e) });
  });

  rutas.get('/:contacto/ficha', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    await enviarPartes(req, res, contacto);
  });

  rutas.post('/:contacto/mensajes', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const { cuerpo, adjuntos } = await recibirEnvio(ctx, req);
    const { texto, clave_cliente: clave } = leer(esquemas.cuerpoMensaje, cuerpo);
    const textos = dividir(texto);
    if (textos.length + adjuntos.length === 0)
      throw new ErrorApp(422, 'vacio', 'Escribe algo o adjunta un archivo.');
    const envio = { contacto, textos, adjuntos, clave, usuario: idUsuario(req) };
    const hecho = await consultas.enviarHumano(req.nora.bd, envio);
    if (!hecho) throw noEncontrado('Esa conversación no existe.');
    if (hecho.r === 'impedido') throw impedido(hecho.razon);
    avisarMensajes(ctx, req, contacto, hecho.ids);
    if (!esFragmento(req)) return volver(req, res, contacto);
    await enviarMensajes(req, res, contacto, hecho.ids);
  });

  rutas.post('/:contacto/mensajes/:id/reintento', async (req, res) => {
    const { contacto, id } = leer(esquemas.parametrosMensaje, req.params);
    const [previo] = await consultas.listarPorId(req.nora.bd, contacto, [id]);
    if (!previo) throw noEncontrado('Ese mensaje no existe.');
    const hecho = await consultas.reintentarEnvio(req.nora.bd, id, idUsuario(req));
    if (hecho?.r === 'impedido') throw impedido(hecho.razon ?? '');
    avisarMensajes(ctx, req, contacto, [id]);
    if (!esFragmento(req)) return volver(req, res, contacto);
    await enviarMensajes(req, res, contacto, [id]);
  });

  rutas.get('/:contacto/mensajes/:id/fuentes', async (req, res) => {
    const { contacto, id } = leer(esquemas.parametrosMensaje, req.params);
    const [[mensaje], fuentes] = await Promise.all([
      consultas.listarPorId(req.nora.bd, contacto, [id]),
      consultas.fuentesDe(req.nora.bd, id),
    ]);
    if (!mensaje || !fuentes) throw noEncontrado('No hay registro de dónde salió esa respuesta.');
    const base = baseDe(req);
    const datos = {
      base,
      contacto: { id: contacto },
      fuentes: presentarFuentes(fuentes),
      respuesta: presentarMensajes([mensaje], entornoDe(req))[0],
      urlConocimiento: req.nora.modulos.has('conocimiento') ? base.replace(/chat$/, 'conocimiento') : '',
    };
    if (esFragmento(req)) return fragmento(res, '_fuentes', datos);
    renderizar(res, `${VISTAS}/fuentes`, { ...datos, titulo: '¿De dónde salió? · Chat' });
  });

  rutas.post(
    '/:contacto/atencion',
    cambio((req, id) => consultas.tomarContacto(req.nora.bd, id, idUsuario(req))),
  );
  rutas.delete(
    '/:contacto/atencion',
    cambio((req, id) => consultas.devolverContacto(req.nora.bd, id, idUsuario(req))),
  );
  rutas.post(
    '/:contacto/ia',
    cambio((req, id) => consultas.alternarIa(req.nora.bd, id, true, idUsuario(req))),
  );
  rutas.delete(
    '/:contacto/ia',
    cambio((req, id) => consultas.alternarIa(req.nora.bd, id, false, idUsuario(req))),
  );
  rutas.post(
    '/:contacto/bloqueo',
    cambio((req, id) => consultas.bloquearContacto(req.nora.bd, id, true, idUsuario(req))),
  );
  rutas.delete(
    '/:contacto/bloqueo',
    cambio((req, id) => consultas.bloquearContacto(req.nora.bd, id, false, idUsuario(req))),
  );
  rutas.post(
    '/:contacto/datos',
    cambio((req, id) => {
      const datos = leer(esquemas.cuerpoDatos, req.body);
      return consultas.guardarContacto(req.nora.bd, id, datos, idUsuario(req));
    }),
  );
  rutas.post(
    '/:contacto/etiquetas',
    cambio((req, id) => {
      const { nombre } = leer(esquemas.cuerpoEtiqueta, req.body);
      return consultas.ponerEtiqueta(req.nora.bd, id, nombre, tonoDe(nombre.toLowerCase()), idUsuario(req));
    }),
  );
  rutas.delete(
    '/:contacto/etiquetas/:nombre',
    cambio((req, id) =>
      consultas.quitarEtiqueta(
        req.nora.bd,
        id,
        leer(esquemas.parametrosEtiqueta, req.params).nombre,
        idUsuario(req),
      ),
    ),
  );

  rutas.post('/:contacto/lectura', async (req, res) => {
    const { contacto } = leer(esquemas.parametrosContacto, req.params);
    const habia = await consultas.marcarLeido(req.nora.bd, contacto);
    if (habia) ctx.vivo.emitir(req.nora.nombre_nora, 'contacto:actualizado', { contacto_id: contacto });
    if (esFragmento(req)) res.sendStatus(204);
    else volver(req, res, contacto);
  });

  return rutas;
}
