import type { VistaReporte } from './presentar.ts';

/** El correo de un reporte: lo mismo en texto y en HTML, sin imágenes ni nada de fuera. */
export function cartaDe(
  v: VistaReporte,
  d: { nombre: string; nora: string; liga: string; baja: string | null; prueba: boolean },
): { asunto: string; texto: string; html: string } {
  const t = v.frases;
  const asunto = `${d.prueba ? (v.idioma === 'en' ? '[Test] ' : '[Prueba] ') : ''}${v.encabezado}: ${v.cuenta}, ${v.periodo}`;
  const cifras = v.cifras.filter((c) => c.valor !== '—');
  const texto = [
    t.saludo(d.nombre),
    `${v.encabezado} · ${v.cuenta}\n${v.periodo}\n${v.comparado}`,
    ...(v.demo ? [t.demo] : []),
    ...v.parrafos,
    ...(v.vacio
      ? []
      : [cifras.map((c) => `${c.nombre}: ${c.valor}${c.cambio ? ` (${c.cambio})` : ''}`).join('\n')]),
    `${t.verEnLinea}: ${d.liga}\n${t.adjunto}`,
    `${d.nora}${d.baja ? `\n${t.baja}: ${d.baja}` : ''}`,
  ].join('\n\n');
  return { asunto: unRenglon(asunto), texto, html: html(v, d, cifras) };
}

/* Tablas y estilos en línea: es lo único que entienden todos los programas de correo. */
function html(
  v: VistaReporte,
  d: { nombre: string; nora: string; liga: string; baja: string | null },
  cifras: VistaReporte['cifras'],
): string {
  const t = v.frases;
  const p = (texto: string, estilo = ''): string =>
    `<p style="margin:0 0 12px;${estilo}">${escapar(texto)}</p>`;
  const renglones = cifras
    .map(
      (c) =>
        `<tr><td style="padding:7px 0;border-top:1px solid #e9e5df;color:#5d5866">${escapar(c.nombre)}</td><td align="right" style="padding:7px 0;border-top:1px solid #e9e5df;font-weight:600;white-space:nowrap">${escapar(c.valor)}</td><td align="right" style="padding:7px 0 7px 10px;border-top:1px solid #e9e5df;white-space:nowrap;color:${TONOS[c.tono]}">${escapar(c.cambio)}</td></tr>`,
    )
    .join('');
  return `<!doctype html><html lang="${v.idioma}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapar(v.encabezado)}</title></head>
<body style="margin:0;background:#f6f4f0;font:15px/1.5 -apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif;color:#26222e">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="560" cellpadding="0" cellspacing="0" style="max-width:560px;width:100%;background:#fff;border:1px solid #e9e5df;border-radius:12px"><tr><td style="padding:28px">
${p(v.encabezado, 'color:#5b37c4;font-size:13px;font-weight:600;margin-bottom:4px')}<h1 style="margin:0 0 4px;font-size:22px;line-height:1.25">${escapar(v.cuenta)}</h1>
${p(v.periodo, 'margin-bottom:2px')}${p(v.comparado, 'color:#6f6a78;font-size:13px;margin-bottom:18px')}
${v.demo ? p(t.demo, 'background:#fdf3dc;color:#7a4b00;padding:8px 12px;border-radius:8px;font-size:13px') : ''}
${p(t.saludo(d.nombre))}${v.parrafos.map((x) => p(x)).join('')}
${v.vacio ? '' : `<table width="100%" cellpadding="0" cellspacing="0" style="margin:8px 0 20px;font-size:14px">${renglones}</table>`}
<p style="margin:0 0 12px"><a href="${escapar(d.liga)}" style="display:inline-block;background:#5b37c4;color:#fff;text-decoration:none;padding:11px 18px;border-radius:9px;font-weight:600">${escapar(t.verEnLinea)}</a></p>
${p(t.adjunto, 'color:#6f6a78;font-size:13px')}
</td></tr></table>
<p style="margin:16px 0 0;color:#6f6a78;font-size:12px">${escapar(d.nora)}${d.baja ? ` · <a href="${escapar(d.baja)}" style="color:#6f6a78">${escapar(t.baja)}</a>` : ''}</p>
</td></tr></table></body></html>`;
}

const TONOS = { bien: '#15794b', mal: '#b3261e', igual: '#6f6a78' } as const;

function escapar(texto: string): string {
  return texto.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** Un asunto con saltos de línea sería otra cabecera. */
function unRenglon(texto: string): string {
  return texto.replace(/\s+/g, ' ').trim().slice(0, 200);
}
