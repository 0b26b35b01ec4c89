import { ErrorApi } from '../shared/api.js';
import { avisar } from '../shared/notificaciones.js';
import { uno } from '../shared/utils.js';
import { decir, enPestana, pedirFragmento } from './chat_comun.js';

/*
 * Lo que salió de este navegador y aún no se confirma. Vive aparte del redactor porque quien envía abre otra conversación
 * sin esperar: lo que falle después tiene que encontrar a dónde volver. Sus textos quedan también en la pestaña, así que
 * recargar no los pierde. Cada envío viaja con una clave que no cambia al reintentar: repetirlo no manda dos veces lo mismo.
 */
const REINTENTOS_MS = [1500, 4000];
const SIN_SABER = 'La página se cerró antes de saber si salió. Reintentar no lo manda dos veces.';
/** Lo que no salió merece más tiempo en pantalla que un aviso cualquiera. */
const AVISO_MS = 15_000;
let envios = null;

/** Lo de una conversación que aún no se confirma, en el orden en que se escribió. Cada uno trae su `nodo`. */
export const pendientesDe = (raiz, contacto) => todos(raiz).filter((e) => e.contacto === contacto);

/** Manda un envío {contacto, nombre, clave, texto, archivos, nota}. Se ve al instante en su conversación. */
export function sacar(raiz, envio) {
  todos(raiz).push(envio);
  envio.nodo = burbujaDe(envio);
  decir(raiz, 'enviando', envio);
  void mandar(raiz, envio);
}

/** Ya llegó, o quien lo escribió lo tomó de vuelta. */
export function olvidar(raiz, envio) {
  envios = todos(raiz).filter((e) => e !== envio);
  guardar(raiz);
}

/** De esa persona ya no hay conversación a la cual volver. */
export function olvidarTodo(raiz, contacto) {
  for (const envio of pendientesDe(raiz, contacto)) olvidar(raiz, envio);
}

/** Avisa de lo que no salió antes de recargar y no es de la conversación que se ve. */
export function avisarPendientes(raiz, contacto) {
  for (const envio of todos(raiz)) if (envio.contacto !== contacto) avisarFuera(raiz, envio);
}

async function mandar(raiz, envio) {
  const { contacto, clave, nodo } = envio;
  envio.razon = '';
  guardar(raiz);
  pintar(raiz, envio);
  for (let intento = 0; ; intento++) {
    try {
      const ruta = `${raiz.dataset.base}/${contacto}/${envio.nota ? 'notas' : 'mensajes'}`;
      const html = await pedirFragmento(ruta, {
        metodo: 'POST',
        cuerpo: cuerpoDe(envio),
        tiempoMs: envio.archivos.length > 0 ? 120_000 : 20_000,
      });
      olvidar(raiz, envio);
      decir(raiz, 'enviado', { contacto, clave, html });
      decir(raiz, 'contacto', { id: contacto });
      return;
    } catch (error) {
      // Sin respuesta no se sabe si llegó: la clave permite repetir sin riesgo.
      const vale = error instanceof ErrorApi && (error.estado === 0 || error.estado >= 502);
      if (vale && intento < REINTENTOS_MS.length) {
        await new Promise((listo) => setTimeout(listo, REINTENTOS_MS[intento]));
        continue;
      }
      // Mientras, pudo llegar por las señales: entonces sí salió.
      if (!todos(raiz).includes(envio)) return;
      envio.razon = error instanceof ErrorApi ? error.message : 'No se pudo enviar.';
      guardar(raiz);
      pintar(raiz, envio);
      if (nodo.getClientRects().length === 0) avisarFuera(raiz, envio);
      else if (error.estado === 409) decir(raiz, 'refrescar-partes');
      return;
    }
  }
}

/** Cuerpo del envío: formulario simple, o con archivos si los trae. */
export function cuerpoDe({ clave, texto, archivos }) {
  if (archivos.length === 0) return new URLSearchParams({ texto, clave_cliente: clave });
  const datos = new FormData();
  datos.set('texto', texto);
  datos.set('clave_cliente', clave);
  for (const { archivo: a } of archivos) datos.append('archivo', a, a.name);
  return datos;
}

/** Dice que algo de una conversación que no se ve no salió, con cómo llegar a ella. */
export function avisarFuera(raiz, { contacto, nombre, nota, razon }, que = '') {
  const no = razon === SIN_SABER ? 'Falta saber si' : 'No';
  avisar(razon, {
    titulo: que || (nota ? `${no} se guardó tu nota de ${nombre}` : `${no} salió tu mensaje para ${nombre}`),
    tono: 'mal',
    duraMs: AVISO_MS,
    accion: { texto: 'Abrir', hacer: () => decir(raiz, 'abrir', { contacto }) },
  });
}

// Lo escrito vuelve al redactor: nadie debe perder un mensaje largo por una falla.
function devolver(raiz, envio) {
  const detalle = { envio, tomado: false };
  decir(raiz, 'devolver', detalle);
  if (!detalle.tomado) return;
  envio.nodo.remove();
  olvidar(raiz, envio);
}

// ── En la pestaña ──────────────────────────────────────────
// De una persona en una nora: quien entre después en esta pestaña no hereda lo de otra.
const llaveDe = ({ dataset }) => `nora:salida:${dataset.nora}:${dataset.usuario}`;

function todos(raiz) {
  envios ??= leer(raiz);
  return envios;
}

function guardar(raiz) {
  const lista = todos(raiz).map(
    ({ contacto, nombre, clave, texto, nota, razon, archivos, perdidos = [] }) => ({
      contacto,
      nombre,
      clave,
      texto,
      nota,
      razon,
      perdidos: [...perdidos, ...archivos.map(({ archivo }) => archivo.name)],
    }),
  );
  enPestana.guardar(llaveDe(raiz), lista.length > 0 ? JSON.stringify(lista) : '');
}

// Un archivo no cabe en la pestaña: de él queda el nombre, para pedirlo de nuevo.
function leer(raiz) {
  try {
    return JSON.parse(enPestana.leer(llaveDe(raiz)) || '[]').map((guardado) => {
      const razon =
        guardado.perdidos.length > 0
          ? 'La página se cerró antes de que saliera. Toca Editar y vuelve a adjuntar los archivos.'
          : guardado.razon || SIN_SABER;
      const envio = { ...guardado, archivos: [], razon };
      envio.nodo = burbujaDe(envio);
      pintar(raiz, envio);
      return envio;
    });
  } catch {
    return [];
  }
}

// ── Cómo se ve ─────────────────────────────────────────────
function burbujaDe({ clave, texto, archivos, perdidos = [], nota }) {
  const nodo = document.createElement('div');
  nodo.className = `burbuja burbuja--${nota ? 'nota' : 'persona'} burbuja--local burbuja--entra`;
  nodo.dataset.local = clave;
  for (const { archivo: a, url } of archivos) {
    if (url) {
      const marco = crear('div', 'adjunto adjunto--imagen');
      marco.append(Object.assign(new Image(), { src: url, alt: a.name }));
      nodo.append(marco);
      nodo.classList.add('burbuja--media');
    } else nodo.append(crear('div', 'adjunto adjunto--espera', a.name));
  }
  for (const nombre of perdidos) nodo.append(crear('div', 'adjunto adjunto--espera', nombre));
  if (texto) nodo.append(crear('div', 'burbuja__texto', texto));
  const pie = crear('div', 'burbuja__pie');
  pie.append(crear('span', 'burbuja__autor', 'Tú'), crear('span', 'palomita palomita--pendiente'));
  nodo.append(pie);
  return nodo;
}

function pintar(raiz, envio) {
  const { nodo, razon, perdidos = [] } = envio;
  const fallo = Boolean(razon);
  nodo.classList.toggle('burbuja--fallido', fallo);
  nodo.classList.toggle('burbuja--local', !fallo);
  const marca = uno('.palomita', nodo);
  marca.className = `palomita palomita--${fallo ? 'fallido' : 'pendiente'}`;
  marca.textContent = fallo ? 'No se envió' : 'Enviando…';
  uno('.burbuja__razon', nodo)?.remove();
  if (!fallo) return;
  const caja = crear('div', 'burbuja__razon');
  caja.setAttribute('role', 'alert');
  caja.append(crear('span', '', razon));
  if (perdidos.length === 0) caja.append(boton('Reintentar', () => void mandar(raiz, envio)));
  caja.append(boton('Editar', () => devolver(raiz, envio)));
  nodo.append(caja);
}

function boton(texto, hacer) {
  const b = crear('button', 'boton boton--sutil', texto);
  b.type = 'button';
  b.addEventListener('click', hacer);
  return b;
}

const crear = (etiqueta, clase, texto = '') =>
  Object.assign(document.createElement(etiqueta), { className: clase, textContent: texto });
