import { randomUUID } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import type { Contexto } from '../../contexto.ts';
import { ErrorApp, noEncontrado } from '../../errores.ts';
import { sincronizarPlantillas } from '../../mensajes/plantillas.ts';
import { claveDe, normalizarTelefono } from '../../mensajes/telefono.ts';
import { leer } from '../../web/leer.ts';
import { renderizar } from '../../web/vistas.ts';
import { idUsuario } from '../../web/pagina.ts';
import { avisarMensajes, esFragmento, exigirHora, fragmento, impedido, VISTAS } from './comun.ts';
import * as consultas from './consultas.ts';
import * as equipo from './consultas_equipo.ts';
import * as esquemas from './esquemas.ts';
import { baseDe, entornoDe } from './paginas.ts';
import { nombreDe } from './presentar_persona.ts';
import { minimoLocal, presentarPlantilla, presentarSincronizacion } from './presentar_equipo.ts';

/** Plantillas aprobadas: empezar una conversación o escribir fuera de las 24 horas. */
export function crearRutasPlantillas(ctx: Contexto): Router {
  const rutas = Router({ mergeParams: true });

  rutas.get('/plantillas', async (req, res) => {
    const { contacto } = leer(esquemas.consultaPlantillas, req.query);
    await mostrarLista(req, res, contacto);
  });

  rutas.post('/plantillas/sincronizacion', async (req, res) => {
    const { contacto } = leer(esquemas.consultaPlantillas, req.query);
    const hecho = await sincronizarPlantillas(ctx, req.nora.nombre_nora);
    if (!hecho.ok) throw new ErrorApp(502, 'sin_plantillas', hecho.motivo);
    if (esFragmento(req)) return mostrarLista(req, res, contacto);
    const q = contacto ? `?${new URLSearchParams({ contacto })}` : '';
    res.redirect(303, `${baseDe(req)}/plantillas${q}`);
  });

  rutas.get('/plantillas/:id', async (req, res) => {
    const { id } = leer(esquemas.parametrosPlantilla, req.params);
    const { contacto } = leer(esquemas.consultaPlantillas, req.query);
    const [plantilla, destino] = await Promise.all([buscar(req, id), leerDestino(req, contacto)]);
    const datos = {
      base: baseDe(req),
      destino,
      plantilla: presentarPlantilla(plantilla, req.nora.nombre_nora),
      clave: randomUUID(),
      minimo: minimoLocal(entornoDe(req)),
    };
    mostrar(req, res, '_plantilla', 'Enviar plantilla', datos);
  });

  rutas.post('/plantillas/:id/envio', async (req, res) => {
    const { id } = leer(esquemas.parametrosPlantilla, req.params);
    const cuerpo = leer(esquemas.cuerpoPlantilla, req.body);
    const plantilla = await buscar(req, id);
    const variables = Object.fromEntries(
      plantilla.variables.map((v) => [v, (cuerpo[`v_${v}`] ?? '').trim()]),
    );
    const telefono = cuerpo.contacto ? null : leerTelefono(cuerpo.telefono);
    const campos = {
      ...faltas(variables),
      ...(!cuerpo.contacto && !telefono && { telefono: TELEFONO_MALO }),
    };
    if (Object.keys(campos).length > 0)
      throw new ErrorApp(422, 'datos_invalidos', 'Revisa los datos marcados.', { campos });
    const hecho = await equipo.enviarPlantilla(req.nora.bd, {
      contacto: cuerpo.contacto || null,
      telefono,
      nombre: cuerpo.nombre,
      plantilla: id,
      variables,
      cuando: cuerpo.cuando,
      clave: cuerpo.clave_cliente,
      usuario: idUsuario(req),
    });
    const contacto = exigirEnviada(hecho);
    avisarMensajes(ctx, req, contacto, hecho?.ids ?? []);
    const url = `${baseDe(req)}/${contacto}`;
    if (!esFragmento(req)) return res.redirect(303, url);
    // El diálogo se cierra y la página va a la conversación, que puede ser nueva.
    fragmento(res, '_ir', { url: url });
  });

  return rutas;
}

const TELEFONO_MALO = 'Escribe un teléfono con lada, como 662 123 4567 o +1 415 555 0100.';

/** Como lo escriba la gente, y también copiado de WhatsApp con el 1 de más. */
function leerTelefono(texto: string): string | null {
  const digitos = texto.replace(/\D/g, '');
  const conPais = texto.startsWith('+') || /^521\d{10}$/.test(digitos);
  return normalizarTelefono(conPais ? claveDe(`+${digitos}`) : texto);
}

/** Lo que WhatsApp rechaza de una variable (21656, 63013), dicho junto a su campo. */
function faltas(variables: Record<string, string>): Record<string, string> {
  const campos: Record<string, string> = {};
  for (const [clave, valor] of Object.entries(variables)) {
    if (valor === '') campos[`v_${clave}`] = 'Llena este dato: WhatsApp no acepta variables vacías.';
    else if (/[\n\r\t]| {4,}/.test(valor))
      campos[`v_${clave}`] = 'Escríbelo en un solo renglón y sin espacios de más.';
    else if (valor.length > 1024) campos[`v_${clave}`] = 'Usa 1,024 caracteres o menos.';
  }
  return campos;
}

function exigirEnviada(hecho: Awaited<ReturnType<typeof equipo.enviarPlantilla>>): string {
  if (!hecho) throw noEncontrado('Esa conversación no existe.');
  exigirHora(hecho.r);
  if (hecho.r === 'no_aprobada') throw impedido('plantilla_no_aprobada');
  if (hecho.r === 'impedido') throw impedido(hecho.razon ?? '');
  if (hecho.r === 'variables') {
    const campos = Object.fromEntries(
      (hecho.variables ?? []).map((v) => [`v_${v}`, 'Revisa este dato: WhatsApp no lo aceptaría así.']),
    );
    throw new ErrorApp(422, 'datos_invalidos', 'Revisa los datos marcados.', { campos });
  }
  if (hecho.r === 'demasiados') {
    throw new ErrorApp(409, 'demasiados', 'Esta conversación ya tiene 50 mensajes programados.');
  }
  return hecho.contacto ?? '';
}

async function mostrarLista(req: Request, res: Response, contacto: string | undefined): Promise<void> {
  const [lista, destino] = await Promise.all([
    equipo.listarPlantillas(req.nora.bd),
    leerDestino(req, contacto),
  ]);
  mostrar(req, res, '_plantillas', 'Plantillas', {
    base: baseDe(req),
    destino,
    plantillas: lista.plantillas.map((p) => presentarPlantilla(p, req.nora.nombre_nora)),
    sincronizacion: presentarSincronizacion(lista, entornoDe(req)),
    prefijo: `${req.nora.nombre_nora}_`,
  });
}

async function buscar(req: Request, id: string) {
  const { plantillas } = await equipo.listarPlantillas(req.nora.bd);
  const hallada = plantillas.find((p) => p.id === id);
  if (!hallada) throw noEncontrado('Esa plantilla ya no existe.');
  return hallada;
}

async function leerDestino(req: Request, contacto: string | undefined) {
  if (!contacto) return null;
  const hallado = await consultas.obtenerFila(req.nora.bd, contacto, idUsuario(req));
  if (!hallado) throw noEncontrado('Esa conversación no existe.');
  return { id: contacto, nombre: nombreDe(hallado.fila), primer: hallado.fila.nombre?.split(/\s+/)[0] ?? '' };
}

function mostrar(req: Request, res: Response, vista: string, titulo: string, datos: object): void {
  if (esFragmento(req)) fragmento(res, vista, datos);
  else renderizar(res, `${VISTAS}/suelta`, { ...datos, vista, titulo: `${titulo} · Chat` });
}
