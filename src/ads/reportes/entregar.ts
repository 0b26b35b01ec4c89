import { randomUUID } from 'node:crypto';
import type { Contexto } from '../../contexto.ts';
import { formatosDe } from '../formatos.ts';
import { anotarEntrega, type Entrega, entregarPorWhatsApp, reclamarEntrega } from './consultas.ts';
import { cartaDe } from './carta.ts';
import { ligaDeBaja, ligaDeReporte } from './ligas.ts';
import { crearPdfReporte } from './pdf.ts';
import { presentarReporte } from './presentar.ts';
import { variablesDe } from './variables_plantilla.ts';

type Piezas = Pick<Contexto, 'bd' | 'config' | 'correo' | 'adjuntos' | 'vivo' | 'registrarError'>;

const TOPE_INTENTOS = 5;
const MAXIMO_PDF = 16 * 1024 * 1024;

/** Manda todo lo pendiente, uno por uno. Una entrega que falla no detiene a las demás. Devuelve cuántas atendió. */
export async function entregarPendientes(ctx: Piezas): Promise<number> {
  let n = 0;
  // El mismo reporte va a varias personas: su PDF se arma una vez por idioma.
  const pdfs = new Map<string, Promise<Buffer>>();
  for (;;) {
    const e = await reclamarEntrega(ctx.bd.servicio);
    if (!e) return n;
    n++;
    try {
      await (e.canal === 'correo' ? porCorreo(ctx, e, pdfDe(e, pdfs)) : porWhatsApp(ctx, e, pdfDe(e, pdfs)));
    } catch (error) {
      await ctx.registrarError('Trabajos', error, e.nombre_nora, 'ads_entregas');
      await anotarEntrega(ctx.bd.servicio, e.id, 'rebotado', 'No se pudo armar el reporte.');
    }
  }
}

async function porCorreo(ctx: Piezas, e: Entrega, pdf: Promise<Buffer>): Promise<void> {
  if (!ctx.correo)
    return anotarEntrega(ctx.bd.servicio, e.id, 'rebotado', 'Falta configurar el correo (SMTP_URL).');
  const baja = e.receptor_id ? ligaDeBaja(ctx.config, e.receptor_id) : null;
  const liga = ligaDeReporte(ctx.config, { id: e.reporte_id, serie: e.serie }, e.id);
  const vista = presentarReporte(e.cifras, e.cadencia, e.idioma, e.textos[e.idioma]);
  const r = await ctx.correo.enviar({
    para: e.destino,
    ...cartaDe(vista, { nombre: e.nombre, nora: e.nora, liga, baja, prueba: e.prueba }),
    adjuntos: [{ nombre: nombrePdf(e), tipo: 'application/pdf', contenido: await pdf }],
    ...(baja && { baja }),
  });
  if (r.ok) return anotarEntrega(ctx.bd.servicio, e.id, 'enviado', null);
  if (r.definitivo || e.intentos >= TOPE_INTENTOS)
    return anotarEntrega(ctx.bd.servicio, e.id, 'rebotado', r.motivo);
  return anotarEntrega(ctx.bd.servicio, e.id, 'pendiente', r.motivo, 60 * 4 ** (e.intentos - 1));
}

/** Lo deja en la fila de salida de esa persona: de ahí en adelante sus palomas son las de cualquier mensaje. */
async function porWhatsApp(ctx: Piezas, e: Entrega, pdf: Promise<Buffer>): Promise<void> {
  const liga = ligaDeReporte(ctx.config, { id: e.reporte_id, serie: e.serie }, e.id);
  const vista = presentarReporte(e.cifras, e.cadencia, e.idioma, e.textos[e.idioma]);
  const id = randomUUID();
  const guardado = await ctx.adjuntos.guardar(await pdf, {
    nombre_nora: e.nombre_nora,
    id,
    tipo: 'application/pdf',
    maximo: MAXIMO_PDF,
  });
  const baja = e.receptor_id ? ligaDeBaja(ctx.config, e.receptor_id) : '';
  const texto = [
    `*${vista.encabezado} · ${vista.cuenta}*`,
    vista.periodo,
    ...(vista.demo ? [vista.frases.demo] : []),
    ...vista.parrafos,
    liga,
    ...(baja ? [`${vista.frases.baja}: ${baja}`] : []),
  ].join('\n\n');
  const f = formatosDe(e.idioma, e.cifras.cuenta.moneda);
  const hecho = await entregarPorWhatsApp(ctx.bd.servicio, {
    entrega: e.id,
    texto,
    adjunto: { id, tipo: 'application/pdf', nombre: nombrePdf(e), ...guardado },
    variables: e.plantilla
      ? variablesDe(e.plantilla, {
          nombre: e.nombre,
          cuenta: vista.cuenta,
          periodo: vista.periodo,
          gasto: f.dinero(e.cifras.total.gasto),
          conversaciones: f.entero(e.cifras.total.conversaciones),
          liga,
          baja,
          // Sin la marca de quién lo recibe: el archivo lo baja WhatsApp, y eso no es que la persona lo haya leído.
          pdf: `${ligaDeReporte(ctx.config, { id: e.reporte_id, serie: e.serie })}/reporte.pdf?idioma=${e.idioma}`,
        })
      : {},
  });
  if (hecho.r === 'en_fila') {
    // Por plantilla el archivo no va: ninguna fila lo nombra y nadie lo borraría después.
    if (hecho.plantilla) await ctx.adjuntos.borrar(guardado.ruta).catch(() => undefined);
    ctx.bd.avisar('atenciones');
    ctx.vivo.emitir(e.nombre_nora, 'contacto:actualizado', { contacto_id: hecho.contacto });
    return;
  }
  await ctx.adjuntos.borrar(guardado.ruta).catch(() => undefined);
  await anotarEntrega(
    ctx.bd.servicio,
    e.id,
    'rebotado',
    IMPEDIDO[hecho.razon] ?? `WhatsApp no lo deja salir (${hecho.razon}).`,
  );
}

const IMPEDIDO: Readonly<Record<string, string>> = {
  baja: 'Esa persona pidió no recibir envíos.',
  bloqueado: 'Ese contacto está bloqueado.',
  sin_numero: 'La nora no tiene número de WhatsApp.',
  suspendida: 'La nora está suspendida.',
  ventana_cerrada: 'Fuera de las 24 horas hace falta una plantilla aprobada y este receptor no tiene.',
  no_aprobada: 'La plantilla de este receptor ya no está aprobada.',
  variables: 'A la plantilla le faltan datos que el reporte no tiene.',
};

function pdfDe(e: Entrega, hechos: Map<string, Promise<Buffer>>): Promise<Buffer> {
  const llave = `${e.reporte_id} ${e.idioma}`;
  let pdf = hechos.get(llave);
  if (!pdf) {
    if (hechos.size > 8) hechos.clear();
    pdf = crearPdfReporte(presentarReporte(e.cifras, e.cadencia, e.idioma, e.textos[e.idioma]));
    pdf.catch(() => undefined);
    hechos.set(llave, pdf);
  }
  return pdf;
}

function nombrePdf(e: Entrega): string {
  return `reporte_${e.cifras.cuenta.ad_account_id}_${e.cifras.desde}_${e.cifras.hasta}.pdf`.replace(
    /[^\w.-]/g,
    '_',
  );
}
