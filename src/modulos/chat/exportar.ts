import type { Request, Response } from 'express';
import type { Content } from 'pdfmake/interfaces.js';
import { crearDescarga } from '../../web/descarga.ts';
import { fecha, hora } from '../../web/fechas.ts';
import { crearPdf, paraPdf } from '../../web/pdf.ts';
import { exportarChat, type MensajeExportado } from './consultas_equipo.ts';
import type { Entorno, FilaContacto } from './tipos.ts';
import { nombreDe, telefonoDe } from './presentar_persona.ts';
import { presentarMensajes } from './presentar_mensajes.ts';

const PAGINA = 500;
/** Un PDF se arma entero en memoria; para todo, sin tope, está el CSV. */
const TOPE_PDF = 1500;

const COLUMNAS = [
  'fecha',
  'hora',
  'quien',
  'tipo',
  'mensaje',
  'archivos',
  'estado',
  'plantilla',
  'modo de la IA',
  'fuentes',
];

const TIPOS: Record<string, string> = {
  contacto: 'Contacto',
  ia: 'Nora',
  automatica: 'Respuesta automática',
  humano: 'Equipo',
  envio: 'Envío',
  sistema: 'Aviso',
  nota: 'Nota interna',
};

/** Manda la conversación completa como PDF o CSV. Lo interno (notas y avisos) sólo si se pide. */
export async function exportarConversacion(
  req: Request,
  res: Response,
  contacto: FilaContacto,
  p: { formato: 'pdf' | 'csv'; notas: boolean },
  e: Entorno,
): Promise<void> {
  const nombre = archivoDe(nombreDe(contacto), e);
  res.setHeader('Content-Disposition', `attachment; filename="${nombre}.${p.formato}"`);
  res.setHeader('Cache-Control', 'no-store');
  if (p.formato === 'csv') await mandarCsv(req, res, contacto.id, p.notas, e);
  else res.type('application/pdf').send(await armarPdf(req, contacto, p.notas, e));
}

/** Por páginas y con pausa: una conversación de años no se junta en memoria. */
async function mandarCsv(
  req: Request,
  res: Response,
  contacto: string,
  notas: boolean,
  e: Entorno,
): Promise<void> {
  res.type('text/csv; charset=utf-8');
  // La marca inicial hace que Excel lea los acentos.
  const escribir = crearDescarga(res);
  await escribir(`\ufeff${renglon(COLUMNAS)}`);
  for await (const pagina of paginas(req, contacto, notas)) {
    if (!(await escribir(filas(pagina, e).map(renglon).join('')))) return;
  }
  res.end();
}

function filas(mensajes: MensajeExportado[], e: Entorno): string[][] {
  return presentarMensajes(mensajes, e).map((b, i) => {
    const m = mensajes[i] as MensajeExportado;
    return [
      fecha(m.fecha_hora, e.zona),
      hora(m.fecha_hora, e.zona),
      b.autor || (m.autor === 'contacto' ? 'Contacto' : ''),
      TIPOS[m.autor] ?? m.autor,
      m.mensaje ?? '',
      b.adjuntos.map((a) => a.nombre).join(', '),
      b.palomita?.texto ?? '',
      b.plantilla,
      m.modo_ia ?? '',
      (m.fuentes ?? []).map((f) => [f.titulo, f.contenido].filter(Boolean).join(': ')).join(' | '),
    ];
  });
}

async function armarPdf(req: Request, contacto: FilaContacto, notas: boolean, e: Entorno): Promise<Buffer> {
  let mensajes: MensajeExportado[] = [];
  let total = 0;
  for await (const pagina of paginas(req, contacto.id, notas)) {
    total += pagina.length;
    mensajes = [...mensajes, ...pagina].slice(-TOPE_PDF);
  }
  const recorte =
    total > mensajes.length
      ? ` · los últimos ${mensajes.length} de ${total} mensajes (el CSV los trae todos)`
      : '';
  const titulo = `Conversación con ${nombreDe(contacto)}`;
  return crearPdf({
    info: { title: titulo, creator: 'Nora' },
    pageSize: 'LETTER',
    pageMargins: [48, 48, 48, 48],
    content: [
      { text: paraPdf(titulo), fontSize: 16, bold: true },
      {
        text: paraPdf(
          `${telefonoDe(contacto.telefono) || 'Número oculto'} · ${req.nora.nombre_visible} · exportada el ${fecha(e.ahora, e.zona)} a las ${hora(e.ahora, e.zona)}${recorte}`,
        ),
        color: '#6b6560',
        margin: [0, 2, 0, 12],
      },
      ...cuerpo(mensajes, e),
      ...(mensajes.length === 0 ? [{ text: 'Sin mensajes.', color: '#6b6560' }] : []),
    ],
  });
}

function cuerpo(mensajes: MensajeExportado[], e: Entorno): Content[] {
  return presentarMensajes(mensajes, e).flatMap((b, i): Content[] => {
    const m = mensajes[i] as MensajeExportado;
    const dia: Content[] = b.abreDia
      ? [{ text: fecha(m.fecha_hora, e.zona), bold: true, color: '#6b6560', margin: [0, 10, 0, 4] }]
      : [];
    if (b.clase === 'aviso')
      return [
        ...dia,
        {
          text: paraPdf(`${m.mensaje ?? ''} · ${b.hora}`),
          italics: true,
          fontSize: 8,
          color: '#8a837c',
          margin: [0, 2, 0, 2],
        },
      ];
    const quien = b.autor || 'Contacto';
    const extra = [
      b.clase === 'nota' ? 'nota interna' : '',
      b.plantilla ? `plantilla ${b.plantilla}` : '',
      b.palomita?.texto ?? '',
    ]
      .filter(Boolean)
      .join(' · ');
    return [
      ...dia,
      {
        margin: [b.clase === 'contacto' ? 0 : 60, 3, b.clase === 'contacto' ? 60 : 0, 3],
        stack: [
          {
            text: [
              { text: paraPdf(quien), bold: true, color: b.clase === 'contacto' ? '#26221f' : '#6d3fc4' },
              { text: paraPdf(`  ${b.hora}${extra ? ` · ${extra}` : ''}`), fontSize: 7.5, color: '#8a837c' },
            ],
          },
          ...(m.mensaje
            ? [{ text: paraPdf(m.mensaje), margin: [0, 1, 0, 0] as [number, number, number, number] }]
            : []),
          ...b.adjuntos.map((a) => ({
            text: paraPdf(`[${a.nombre}${a.peso ? `, ${a.peso}` : ''}]`),
            color: '#6b6560',
          })),
          ...(m.fuentes ?? []).map((f) => ({
            text: paraPdf(`De dónde salió: ${[f.titulo, f.contenido].filter(Boolean).join(': ')}`),
            fontSize: 7.5,
            italics: true,
            color: '#6b6560',
            margin: [8, 2, 0, 0] as [number, number, number, number],
          })),
        ],
      },
    ];
  });
}

async function* paginas(req: Request, contacto: string, notas: boolean): AsyncGenerator<MensajeExportado[]> {
  let despues: { fecha: string; id: string } | undefined;
  for (;;) {
    const pagina = await exportarChat(req.nora.bd, contacto, { despues, notas, n: PAGINA });
    if (!pagina) return;
    if (pagina.mensajes.length > 0) yield pagina.mensajes;
    const ultimo = pagina.mensajes.at(-1);
    if (!pagina.hay_mas || !ultimo) return;
    despues = { fecha: ultimo.fecha_hora, id: ultimo.id };
  }
}

/** Una celda que empieza como fórmula se exporta como texto: abrir el archivo no debe ejecutar nada. */
function renglon(celdas: string[]): string {
  const limpias = celdas.map((c) => `"${(/^[=+\-@\t\r]/.test(c) ? `'${c}` : c).replaceAll('"', '""')}"`);
  return `${limpias.join(',')}\r\n`;
}

function archivoDe(nombre: string, e: Entorno): string {
  const limpio = nombre
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return `conversacion-${(limpio || 'contacto').toLowerCase()}-${fecha(e.ahora, e.zona).replace(/\W+/g, '-')}`;
}
