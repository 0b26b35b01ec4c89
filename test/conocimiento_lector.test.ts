import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import { campoCsv, leerCsv, sinApostrofo } from '../src/modulos/conocimiento/csv.ts';
import { CABEZA_CSV, renglonCsv, seccionMarkdown } from '../src/modulos/conocimiento/exportar.ts';
import { leerArchivo, leerPegado } from '../src/modulos/conocimiento/leer_archivo.ts';
import { largoDe, limpiarTexto, MAXIMO_CONTENIDO, partirTexto } from '../src/modulos/conocimiento/partir.ts';

describe('partir en bloques', () => {
  test('ningún bloque pasa de 1,000 caracteres, ninguno queda vacío y ninguna palabra se pierde', () => {
    const azar = semilla(7);
    const trozos = [
      'Hola mundo.',
      'a'.repeat(1500),
      '\n\n',
      '\n',
      ' ',
      '👩‍👩‍👧‍👦'.repeat(90),
      '¿Cuánto cuesta?',
      'مرحبا بالعالم',
      '1. Uno',
      '- lista',
      'TÍTULO',
      '; ',
      ', ',
      'ñandú\u0301'.repeat(300),
      '# x',
      'Frase larga que sigue y sigue. '.repeat(60),
    ];
    for (let vuelta = 0; vuelta < 120; vuelta++) {
      const texto = Array.from(
        { length: 1 + Math.floor(azar() * 25) },
        () => trozos[Math.floor(azar() * trozos.length)],
      ).join(azar() < 0.5 ? ' ' : '\n\n');
      for (const estilo of ['texto', 'markdown'] as const) {
        const bloques = partirTexto(texto, estilo);
        for (const b of bloques) {
          assert.ok(
            largoDe(b.contenido) <= MAXIMO_CONTENIDO && b.contenido.trim() !== '',
            `vuelta ${vuelta}`,
          );
          assert.ok(largoDe(b.titulo) <= 120);
          assert.ok(b.contenido.isWellFormed());
        }
        if (estilo === 'markdown') continue;
        // Cada letra sale al menos tantas veces como entró; sólo el «:» final de un título se quita.
        const salieron = cuenta(bloques.map((b) => b.titulo + b.contenido).join(''));
        for (const [letra, veces] of cuenta(limpiarTexto(texto)))
          assert.ok(
            letra === ':' || (salieron.get(letra) ?? 0) >= veces,
            `vuelta ${vuelta}: falta «${letra}»`,
          );
      }
    }
  });

  test('corta por encabezados y luego por oraciones, no a media palabra', () => {
    const largo = 'Esta oración dice algo útil del negocio y termina. '.repeat(50);
    const bloques = partirTexto(`# Menú\n\n## Bebidas\n\nCafé $40.\n\n## Políticas\n\n${largo}`, 'markdown');
    assert.deepEqual([bloques[0]?.titulo, bloques[0]?.contenido], ['Menú: Bebidas', 'Café $40.']);
    const politicas = bloques.slice(1);
    assert.ok(politicas.length >= 3);
    assert.equal(politicas[0]?.titulo, `Políticas (1 de ${politicas.length})`);
    for (const b of politicas) assert.match(b.contenido, /^Esta oración.*termina\.$/s);
  });

  test('en texto sin formato reconoce títulos cortos y preguntas quedan con su respuesta', () => {
    const bloques = partirTexto(
      'HORARIOS\n\nLunes a viernes de 10 a 8.\n\nFormas de pago\n\nEfectivo y tarjeta.\n\n¿Tienen estacionamiento?\nSí, gratis.',
    );
    assert.deepEqual(
      bloques.map((b) => b.titulo),
      ['HORARIOS', 'Formas de pago'],
    );
    assert.match(bloques[1]?.contenido ?? '', /¿Tienen estacionamiento\?\nSí, gratis\./);
  });
});

describe('CSV', () => {
  test('lee comillas, saltos dentro de ellas, punto y coma y acentos de Excel', async () => {
    assert.deepEqual(leerCsv('a;b\n"uno; ""dos""\ntres";4\n'), [
      ['a', 'b'],
      ['uno; "dos"\ntres', '4'],
    ]);
    const excel = Buffer.from('título;contenido;prioridad\nUñas;Gelish $199;3\n', 'latin1');
    const { lectura } = await leerArchivo(archivo('menu.csv', excel));
    assert.deepEqual(lectura.bloques, [
      { titulo: 'Uñas', contenido: 'Gelish $199', etiquetas: [], prioridad: 3, activo: true },
    ]);
  });

  test('unas comillas sin cerrar se señalan con su renglón', async () => {
    await assert.rejects(leerArchivo(archivo('m.csv', 'titulo,contenido\nA,"sin cierre\nB,x')), {
      codigo: 'csv_danado',
      message: /renglón 2.*nunca se cierran/,
    });
    await assert.rejects(leerArchivo(archivo('m.csv', 'titulo,contenido\n"A"x,b')), {
      codigo: 'csv_danado',
      message: /renglón 2.*después de unas comillas/,
    });
  });

  test('sin columna de contenido cada renglón se vuelve un bloque con sus columnas', async () => {
    const { lectura } = await leerArchivo(archivo('precios.csv', 'Servicio,Precio\nTinte,$900\nCorte,$350'));
    assert.deepEqual(
      lectura.bloques.map((b) => [b.titulo, b.contenido]),
      [
        ['Tinte', 'Servicio: Tinte. Precio: $900'],
        ['Corte', 'Servicio: Corte. Precio: $350'],
      ],
    );
  });

  test('una fórmula se exporta inofensiva y al volver es la misma', () => {
    for (const formula of ['=HYPERLINK("http://x")', '+1', '-2', '@SUM(A1)', '\t=1']) {
      const campo = campoCsv(formula);
      assert.match(campo, /^"?'/);
      assert.equal(sinApostrofo(leerCsv(`${campo},x`)[0]?.[0] ?? ''), formula);
    }
  });
});

test('lo exportado en Markdown y en CSV se importa igual', async () => {
  const bloques = [
    {
      id: '1',
      titulo: 'Precios *especiales*',
      contenido: '# no es título\n\n- uno\n- dos\n\n\\barra',
      etiquetas: ['uñas', 'precios'],
      prioridad: 3,
      activo: true,
    },
    {
      id: '2',
      titulo: '',
      contenido: '=SUMA(1)\n"comillas", coma; y punto y coma',
      etiquetas: [],
      prioridad: 0,
      activo: false,
    },
    {
      id: '3',
      titulo: '¿Abren? 👋',
      contenido: 'x'.repeat(1000),
      etiquetas: ['a'],
      prioridad: 9,
      activo: true,
    },
  ];
  const esperado = bloques.map(({ titulo, contenido, etiquetas, prioridad, activo }) => ({
    titulo,
    contenido,
    etiquetas,
    prioridad,
    activo,
  }));
  const csv = await leerArchivo(archivo('c.csv', CABEZA_CSV + bloques.map(renglonCsv).join('')));
  assert.deepEqual(csv.lectura.bloques, esperado);
  const md = await leerArchivo(
    archivo('c.md', `# Conocimiento de Aura\n\n${bloques.map(seccionMarkdown).join('')}`),
  );
  assert.deepEqual(md.lectura.bloques, [
    { ...esperado[0], titulo: 'Precios especiales' },
    ...esperado.slice(1),
  ]);
});

describe('Word', () => {
  const DOCUMENTO = (cuerpo: string) =>
    `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${cuerpo}</w:body></w:document>`;
  const parrafo = (texto: string, estilo = '') =>
    `<w:p>${estilo ? `<w:pPr><w:pStyle w:val="${estilo}"/></w:pPr>` : ''}<w:r><w:t xml:space="preserve">${texto}</w:t></w:r></w:p>`;
  const ESTILOS =
    '<?xml version="1.0"?><w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:style w:type="paragraph" w:styleId="Ttulo1"><w:name w:val="heading 1"/></w:style></w:styles>';
  const TIPOS =
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>';
  const RELACIONES =
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>';
  const docx = (cuerpo: string, extra: Record<string, Buffer> = {}) =>
    zip({
      '[Content_Types].xml': Buffer.from(TIPOS),
      '_rels/.rels': Buffer.from(RELACIONES),
      'word/document.xml': Buffer.from(DOCUMENTO(cuerpo)),
      'word/styles.xml': Buffer.from(ESTILOS),
      ...extra,
    });

  test('títulos, párrafos y tablas se vuelven bloques', async () => {
    const tabla = `<w:tbl><w:tr><w:tc>${parrafo('Corte')}</w:tc><w:tc>${parrafo('$350')}</w:tc></w:tr></w:tbl>`;
    const cuerpo =
      parrafo('Horarios', 'Ttulo1') +
      parrafo('Lunes a viernes de 10 a 8 &amp; sábado.') +
      parrafo('Precios', 'Ttulo1') +
      tabla;
    const { formato, lectura } = await leerArchivo(archivo('manual.docx', docx(cuerpo)));
    assert.equal(formato, 'docx');
    assert.deepEqual(
      lectura.bloques.map((b) => [b.titulo, b.contenido]),
      [
        ['Horarios', 'Lunes a viernes de 10 a 8 & sábado.'],
        ['Precios', 'Corte · $350'],
      ],
    );
  });

  test('uno que se infla a gigabytes, uno roto y uno que no es Word se rechazan con razón', async () => {
    const bomba = docx(parrafo('hola'), { 'word/media/x.bin': Buffer.alloc(80 * 1024 * 1024) });
    assert.ok(bomba.length < 1_000_000);
    await assert.rejects(leerArchivo(archivo('bomba.docx', bomba)), { codigo: 'archivo_grande' });
    await assert.rejects(leerArchivo(archivo('roto.docx', docx(parrafo('hola')).subarray(0, 200))), {
      codigo: 'archivo_danado',
    });
    await assert.rejects(leerArchivo(archivo('falso.docx', 'no soy word')), { codigo: 'archivo_danado' });
    await assert.rejects(leerArchivo(archivo('hoja.xlsx', zip({ 'xl/workbook.xml': Buffer.from('<x/>') }))), {
      codigo: 'tipo_no_aceptado',
      message: /Guárdalo como CSV/,
    });
  });
});

describe('PDF', () => {
  test('el texto sale con sus títulos por tamaño de letra y sin los pies repetidos', async () => {
    const pagina = (n: number) => [
      { x: 72, y: 760, alto: 9, texto: 'Manual de Aura' },
      { x: 72, y: 700, alto: 18, texto: `Tema ${['uno', 'dos', 'tres'][n]}` },
      { x: 72, y: 660, alto: 11, texto: `El servicio numero ${n + 1} cuesta $${n + 1}00 y` },
      { x: 72, y: 646, alto: 11, texto: 'se agenda por WhatsApp con un dia de anticipa-' },
      { x: 72, y: 632, alto: 11, texto: 'cion.' },
      { x: 300, y: 40, alto: 9, texto: `Pagina ${n + 1} de 3` },
    ];
    const { formato, lectura } = await leerArchivo(archivo('manual.pdf', pdf([0, 1, 2].map(pagina))));
    assert.equal(formato, 'pdf');
    assert.deepEqual(
      lectura.bloques.map((b) => [b.titulo, b.contenido]),
      [
        ['Tema uno', 'El servicio numero 1 cuesta $100 y se agenda por WhatsApp con un dia de anticipacion.'],
        ['Tema dos', 'El servicio numero 2 cuesta $200 y se agenda por WhatsApp con un dia de anticipacion.'],
        [
          'Tema tres',
          'El servicio numero 3 cuesta $300 y se agenda por WhatsApp con un dia de anticipacion.',
        ],
      ],
    );
  });

  test('sin texto, roto o que no es PDF se dice qué hacer', async () => {
    await assert.rejects(leerArchivo(archivo('escaneado.pdf', pdf([[]]))), {
      codigo: 'pdf_sin_texto',
      message: /OCR/,
    });
    await assert.rejects(leerArchivo(archivo('roto.pdf', '%PDF-1.4\nbasura')), { codigo: 'archivo_danado' });
    await assert.rejects(leerArchivo(archivo('falso.pdf', 'hola')), { codigo: 'archivo_danado' });
  });
});

test('lo vacío, lo binario y lo que no se acepta se rechaza; los nulos y las marcas invisibles se limpian', async () => {
  await assert.rejects(leerArchivo(archivo('v.txt', '')), { codigo: 'archivo_vacio' });
  await assert.rejects(leerArchivo(archivo('v.txt', ' \n ¿?! ')), { codigo: 'sin_bloques' });
  await assert.rejects(leerArchivo(archivo('b.txt', Buffer.alloc(5000))), { codigo: 'archivo_danado' });
  await assert.rejects(leerArchivo(archivo('x.exe', 'MZ')), { estado: 415 });
  await assert.rejects(leerArchivo(archivo('g.txt', 'x '.repeat(1_200_000))), { estado: 413 });
  const { bloques } = await leerPegado('Abrimos\0 a las \u202e10 \ud83d y cerramos.');
  assert.deepEqual(
    bloques.map((b) => b.contenido),
    ['Abrimos a las 10  y cerramos.'],
  );
});

function archivo(nombre: string, contenido: string | Buffer) {
  return { nombre, tipo: '', contenido: Buffer.from(contenido as string) };
}

function cuenta(texto: string): Map<string, number> {
  const veces = new Map<string, number>();
  for (const letra of texto.replace(/\s+/g, '')) veces.set(letra, (veces.get(letra) ?? 0) + 1);
  return veces;
}

function semilla(n: number): () => number {
  let x = n;
  return () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return x / 2 ** 32;
  };
}

/** Un zip mínimo. */
function zip(archivos: Record<string, Buffer>): Buffer {
  const locales: Buffer[] = [];
  const centrales: Buffer[] = [];
  let desde = 0;
  for (const [nombre, datos] of Object.entries(archivos)) {
    const comprimido = deflateRawSync(datos);
    const comun = Buffer.alloc(26);
    comun.writeUInt16LE(20, 0);
    comun.writeUInt16LE(8, 4);
    comun.writeUInt32LE(crc32(datos), 10);
    comun.writeUInt32LE(comprimido.length, 14);
    comun.writeUInt32LE(datos.length, 18);
    comun.writeUInt16LE(Buffer.byteLength(nombre), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), comun, Buffer.from(nombre), comprimido]);
    const cola = Buffer.alloc(14);
    cola.writeUInt32LE(desde, 10);
    centrales.push(
      Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), comun, cola, Buffer.from(nombre)]),
    );
    locales.push(local);
    desde += local.length;
  }
  const central = Buffer.concat(centrales);
  const fin = Buffer.alloc(18);
  fin.writeUInt16LE(locales.length, 4);
  fin.writeUInt16LE(locales.length, 6);
  fin.writeUInt32LE(central.length, 8);
  fin.writeUInt32LE(desde, 12);
  return Buffer.concat([...locales, central, Buffer.from('PK\x05\x06'), fin]);
}

/** Un PDF mínimo con texto en Helvetica. */
function pdf(paginas: { x: number; y: number; alto: number; texto: string }[][]): Buffer {
  const objetos: string[] = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '',
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
  ];
  const hijas: string[] = [];
  for (const lineas of paginas) {
    const flujo = lineas.map((l) => `BT /F1 ${l.alto} Tf ${l.x} ${l.y} Td (${l.texto}) Tj ET`).join('\n');
    objetos.push(`<</Length ${flujo.length}>>stream\n${flujo}\nendstream`);
    objetos.push(
      `<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents ${objetos.length} 0 R>>`,
    );
    hijas.push(`${objetos.length} 0 R`);
  }
  objetos[1] = `<</Type/Pages/Count ${hijas.length}/Kids[${hijas.join(' ')}]>>`;
  let texto = '%PDF-1.4\n';
  const lugares = objetos.map((o, i) => {
    const lugar = texto.length;
    texto += `${i + 1} 0 obj${o}endobj\n`;
    return lugar;
  });
  const xref = texto.length;
  texto += `xref\n0 ${objetos.length + 1}\n0000000000 65535 f \n${lugares.map((l) => `${String(l).padStart(10, '0')} 00000 n \n`).join('')}`;
  texto += `trailer<</Size ${objetos.length + 1}/Root 1 0 R>>\nstartxref\n${xref}\n%%EOF`;
  return Buffer.from(texto, 'latin1');
}
