import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CuerpoRecibido } from './apoyo/falso_openai.ts';
import { abrirNora, ANA, AURA, ensenar, type NoraDePrueba, sembrarNoras } from './apoyo/nora.ts';
import { crearUsuario, hasta, type Visitante, visitar } from './apoyo/web.ts';

const IA = '/panel_cliente/aura/ia';
const FORMULARIO = {
  personalidad: '',
  instrucciones: '',
  modo_respuesta: 'flexible',
  modelo_ia: '',
  palabras_pase: '',
  mensaje_fuera_de_tema: '',
  reanudar_ia_horas: '12',
};
const HTML = { accept: 'text/html' };

let n: NoraDePrueba;
let duena: Visitante;
let otra: Visitante;
let horario: string;
let precios: string;

async function entrar(correo: string): Promise<Visitante> {
  const v = visitar(n.url);
  assert.equal((await v.entrar(correo)).estado, 200);
  return v;
}

async function ajustes<T = Record<string, unknown>>(nora = 'aura'): Promise<T> {
  const [fila] = await n.sql('select * from configuracion_bot where nombre_nora = $1', [nora]);
  return fila as T;
}

async function huella(): Promise<string> {
  return /name="huella" value="([^"]+)"/.exec((await duena.get(IA, HTML)).texto)?.[1] ?? '';
}

/** Espera a que una corrida deje de andar. */
async function terminada(
  ruta: string,
): Promise<{ estado: string; publicacion: string | null; rotas: number; pasadas: number; id: string }> {
  const id = ruta.split('/').at(-1) ?? '';
  const leer = async () =>
    (
      await n.sql<{ estado: string; publicacion: string | null; rotas: number; pasadas: number; id: string }>(
        'select id, estado, publicacion, rotas, pasadas from corridas_ia where id = $1',
        [id],
      )
    )[0];
  await hasta(async () => {
    const c = await leer();
    return (
      c?.estado === 'fallida' || (c?.estado === 'terminada' && (c.publicacion !== 'esperando' || c.rotas > 0))
    );
  }, 10_000);
  return (await leer()) as never;
}

before(async () => {
  n = await abrirNora();
  await sembrarNoras(n);
  await crearUsuario(n.ctx, { correo: 'duena@aura.mx', noras: { aura: 'dueno' } });
  await crearUsuario(n.ctx, { correo: 'agente@aura.mx', noras: { aura: 'agente' } });
  await crearUsuario(n.ctx, { correo: 'dueno@demo.mx', noras: { demo: 'dueno' } });
  horario = await ensenar(
    n,
    'aura',
    'Horario',
    'Abrimos de lunes a viernes de 10:00 a 20:00. El domingo cerramos.',
  );
  precios = await ensenar(n, 'aura', 'Precio del corte', 'El corte de cabello cuesta $350 e incluye lavado.');
  await ensenar(n, 'demo', 'Secreto de demo', 'La contraseña del almacén es girasol.');
  duena = await entrar('duena@aura.mx');
  otra = await entrar('dueno@demo.mx');
});
after(() => n.cerrar());

describe('ajustes', () => {
  test('la dueña guarda cómo contesta Nora y queda apuntado quién y qué', async () => {
    const r = await duena.post(IA, {
      ...FORMULARIO,
      huella: await huella(),
      personalidad: 'Amable',
      instrucciones: 'Ofrece cita.',
      palabras_pase: 'Queja, reembolso\nqueja',
      mensaje_fuera_de_tema: 'De eso no sé.',
    });
    assert.equal(r.estado, 303);
    const a = await ajustes();
    assert.equal(a['personalidad'], 'Amable');
    assert.deepEqual(a['palabras_pase'], ['queja', 'reembolso']);
    const [apunte] = await n.sql<{ accion: string; antes: object; despues: { personalidad: string } }>(
      `select accion, antes, despues from auditoria where entidad = 'ajustes de ia' order by cuando desc limit 1`,
    );
    assert.match(apunte?.accion ?? '', /personalidad/);
    assert.equal(apunte?.despues.personalidad, 'Amable');
  });

  test('lo que no cumple se devuelve como se escribió y con su razón al lado', async () => {
    const r = await duena.post(
      IA,
      {
        ...FORMULARIO,
        personalidad: 'x'.repeat(4001),
        instrucciones: 'no se pierde',
        reanudar_ia_horas: '0',
        modelo_ia: 'inventado',
      },
      HTML,
    );
    assert.equal(r.estado, 422);
    assert.match(r.texto, /Usa 4,000 caracteres o menos/);
    assert.match(r.texto, /Al menos una hora/);
    assert.match(r.texto, /no se pierde/);
    const modelo = await duena.post(IA, { ...FORMULARIO, modelo_ia: 'inventado' }, HTML);
    assert.match(modelo.texto, /no está en la lista/);
    assert.equal((await ajustes())['personalidad'], 'Amable');
  });

  test('dos personas editando a la vez: la segunda no borra lo de la primera', async () => {
    const vieja = await huella();
    await duena.post(IA, { ...FORMULARIO, huella: vieja, personalidad: 'Primera' });
    const r = await duena.post(IA, { ...FORMULARIO, huella: vieja, personalidad: 'Segunda' }, HTML);
    assert.equal(r.estado, 409);
    assert.match(r.texto, /guardó otra cosa/);
    assert.equal((await ajustes())['personalidad'], 'Primera');
  });

  test('caracteres que la base no admite, emojis y texto de derecha a izquierda se guardan o se limpian', async () => {
    await duena.post(IA, { ...FORMULARIO, huella: await huella(), personalidad: 'a\0b 🌸 مرحبا' });
    assert.equal((await ajustes())['personalidad'], 'ab 🌸 مرحبا');
  });

  test('apagar a Nora la calla y encenderla la devuelve', async () => {
    await duena.post(`${IA}/encendido`, { activa: 'no' });
    assert.equal((await ajustes())['ia_activa'], false);
    assert.equal(n.ctx.registro.obtener('aura')?.ia_activa, false);
    await duena.post(`${IA}/encendido`, { activa: 'si' });
    assert.equal((await ajustes())['ia_activa'], true);
  });

  test('el horario se guarda por turnos; medianoche cierra a las 24 y uno encimado se explica', async () => {
    const dias = {
      definido: 'si',
      lun_1_abre: '16',
      lun_1_cierra: '00:00',
      lun_2_abre: '900',
      lun_2_cierra: '14:00',
    };
    assert.equal((await duena.post(`${IA}/horario`, dias)).estado, 303);
    const { horario: guardado } = await ajustes<{ horario: Record<string, unknown> }>();
    assert.deepEqual(guardado['lun'], [
      ['09:00', '14:00'],
      ['16:00', '24:00'],
    ]);
    assert.deepEqual(guardado['dom'], []);
    const mal = await duena.post(
      `${IA}/horario`,
      {
        definido: 'si',
        mar_1_abre: '10:00',
        mar_1_cierra: '15:00',
        mar_2_abre: '14:00',
        mar_2_cierra: '18:00',
        mie_1_abre: '10:00',
      },
      HTML,
    );
    assert.equal(mal.estado, 422);
    assert.match(mal.texto, /se enciman/);
    assert.match(mal.texto, /Faltó una de las dos horas/);
    assert.match(mal.texto, /name="mar_2_abre" value="14:00"/);
    await duena.post(`${IA}/horario`, {});
    assert.deepEqual((await ajustes())['horario'], {});
  });

  test('quien dice una palabra de pase por WhatsApp pasa con una persona', async () => {
    await duena.post(IA, { ...FORMULARIO, huella: await huella(), palabras_pase: 'garantía' });
    await n.escribir({ para: AURA, cuerpo: 'Hola, quiero hacer valida mi GARANTIA por favor' });
    await n.reposo();
    const [c] = await n.sql<{ motivo_espera: string; pausada: boolean }>(
      `select motivo_espera, ia_pausada_hasta > now() pausada from contactos where nombre_nora = 'aura'`,
    );
    assert.equal(c?.motivo_espera, 'Dijo «garantía»');
    assert.equal(c?.pausada, true);
    await n.sql(
      `update contactos set ia_pausada_hasta = null, espera_humano_desde = null where nombre_nora = 'aura'`,
    );
    await duena.post(IA, { ...FORMULARIO, huella: await huella() });
  });
});

describe('foto', () => {
  // Un JPEG de 1×1 de verdad.
  const JPEG = Buffer.from(
    '/9j/4AAQSkZJRgABAQEAYABgAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AVN//2Q==',
    'base64',
  );

  async function subir(v: Visitante, contenido: Buffer, tipo = 'image/jpeg', ruta = `${IA}/foto`) {
    const datos = new FormData();
    datos.append('foto', new Blob([new Uint8Array(contenido)], { type: tipo }), 'foto.jpg');
    const cookie = [...v.cookies].map(([k, c]) => `${k}=${c}`).join('; ');
    const r = await fetch(n.url + ruta, {
      method: 'POST',
      body: datos,
      headers: { cookie, 'x-csrf-token': v.csrf, accept: 'application/json' },
    });
    return { estado: r.status, json: (await r.json()) as { ruta?: string; error?: { mensaje: string } } };
  }

  test('la dueña sube una foto, la ve todo su equipo y nadie más', async () => {
    const { estado, json } = await subir(duena, JPEG);
    assert.equal(estado, 200);
    assert.equal((await ajustes())['foto_perfil'], json.ruta);
    const agente = await entrar('agente@aura.mx');
    const vista = await agente.get(json.ruta ?? '');
    assert.equal(vista.estado, 200);
    assert.equal(vista.cabeceras.get('content-type'), 'image/jpeg');
    assert.equal((await otra.get(json.ruta ?? '')).estado, 404);
    assert.equal((await otra.get((json.ruta ?? '').replace('aura', 'demo'))).estado, 404);
    assert.match((await duena.get(IA, HTML)).texto, new RegExp(`src="${json.ruta}"`));
  });

  test('lo que no es foto, viene vacío o pesa de más se rechaza y la de antes sigue', async () => {
    const { foto_perfil: antes } = await ajustes<{ foto_perfil: string }>();
    assert.equal((await subir(duena, Buffer.from('<svg onload=alert(1)>'))).estado, 415);
    assert.equal((await subir(duena, Buffer.alloc(0))).estado, 422);
    const grande = await subir(duena, Buffer.concat([JPEG, Buffer.alloc(5 * 1024 * 1024)]));
    assert.equal(grande.estado, 413);
    assert.match(grande.json.error?.mensaje ?? '', /5 MB/);
    assert.equal((await ajustes())['foto_perfil'], antes);
    await duena.borrar(`${IA}/foto`);
    assert.equal((await ajustes())['foto_perfil'], null);
    assert.equal((await duena.get(antes)).estado, 404);
    assert.deepEqual(await n.sql(`select 1 from adjuntos where nombre = 'foto'`), []);
  });
});

describe('probador', () => {
  test('contesta con lo enseñado, muestra los bloques con su puntaje y no envía ni guarda nada', async () => {
    const antes = await n.sql('select count(*) from historial_conversaciones');
    const r = await duena.post(`${IA}/probador`, { texto: '¿Cuánto cuesta el corte de cabello?' }, HTML);
    assert.equal(r.estado, 200);
    assert.match(r.texto, /\$350/);
    assert.match(r.texto, /Citado/);
    assert.match(r.texto, /cubre \d+ %|búsqueda 0\.\d+/);
    assert.match(r.texto, /Modo local/);
    assert.match(r.texto, /tokens \(aprox\.\)/);
    assert.doesNotMatch(r.texto, /girasol/);
    assert.deepEqual(await n.sql('select count(*) from historial_conversaciones'), antes);
    assert.equal(
      (
        await n.sql(
          `select 1 from respuestas_ia r join contactos k on k.id = r.contacto_id where k.telefono = '+520000000000'`,
        )
      ).length,
      0,
    );
  });

  test('piensa lo mismo que el canal: bienvenida, regla, palabra de pase y pregunta sin evidencia', async () => {
    await n.sql(
      `update configuracion_bot set mensaje_bienvenida = '¡Hola! Soy Nora.', palabras_pase = '{queja}', mensaje_fuera_de_tema = 'De eso no sé nada.' where nombre_nora = 'aura'`,
    );
    await n.sql(
      `insert into respuestas_automaticas (nombre_nora, disparador, coincidencia, respuesta) values ('aura', 'promo', 'contiene', 'Dos por uno')`,
    );
    for (const [texto, espera] of [
      ['hola', ['¡Hola! Soy Nora.']],
      ['tienen promo?', ['¡Hola! Soy Nora.', 'Dos por uno']],
      ['¿venden llantas de tractor?', ['¡Hola! Soy Nora.', 'De eso no sé nada.']],
      ['¿Cuánto cuesta el corte de cabello?', ['¡Hola! Soy Nora.', '$350']],
    ] as const) {
      const r = await duena.post(`${IA}/probador`, { texto }, HTML);
      for (const dicho of espera) assert.ok(r.texto.includes(dicho), `${texto}: falta ${dicho}`);
      const de = `+52662111${String(Math.floor(Math.random() * 9000) + 1000)}`;
      await n.escribir({ para: AURA, cuerpo: texto, de });
      await n.reposo();
      const real = await n.sql<{ mensaje: string }>(
        `select h.mensaje from historial_conversaciones h join contactos k on k.id = h.contacto_id where k.telefono = $1 and h.tipo = 'respuesta' order by h.fecha_hora`,
        [de],
      );
      const dicho = real.map((h) => h.mensaje).join('\n');
      for (const parte of espera)
        assert.ok(dicho.includes(parte), `el canal no dijo ${parte} a «${texto}»: ${dicho}`);
      for (const { mensaje } of real)
        assert.ok(
          r.texto.includes(mensaje.replaceAll('"', '&#34;').replaceAll("'", '&#39;')),
          `el probador no dijo «${mensaje}»`,
        );
    }
    const pase = await duena.post(
      `${IA}/probador`,
      { texto: 'tengo una queja', turnos: JSON.stringify([{ autor: 'contacto', texto: 'hola' }]) },
      HTML,
    );
    assert.match(pase.texto, /Dijo «queja»/);
    assert.match(pase.texto, /Nora se calla en ese chat/);
  });

  test('su contexto trae las mismas partes que el del canal', async () => {
    await n.escribir({ para: AURA, cuerpo: 'una duda', de: ANA });
    const [k] = await n.sql<{ id: string }>(
      `select id from contactos where telefono = $1 and nombre_nora = 'aura'`,
      [ANA],
    );
    const [canal] = await n.sql<{ c: Record<string, object> }>('select contexto_rafaga($1) c', [k?.id]);
    const { data } = await n.ctx.bd
      .deNora('aura')
      .rpc('contextos_ensayo', { p: { preguntas: [{ texto: 'una duda' }], tokens: 3000 } })
      .throwOnError();
    const [ensayo] = (data as unknown as { contextos: Record<string, object>[] }).contextos;
    const claves = (o: object | undefined) => Object.keys(o ?? {}).toSorted();
    assert.deepEqual(
      claves(ensayo).filter((c) => c !== 'rangos'),
      claves(canal?.c),
    );
    for (const parte of ['nora', 'contacto'])
      assert.deepEqual(claves(ensayo?.[parte]), claves(canal?.c[parte]));
    await n.reposo();
  });

  test('un mensaje vacío o una conversación dañada se explican sin perder lo escrito', async () => {
    const vacio = await duena.post(`${IA}/probador`, { texto: '   ' }, HTML);
    assert.equal(vacio.estado, 422);
    assert.match(vacio.texto, /Escribe algo para Nora/);
    const danada = await duena.post(`${IA}/probador`, { texto: 'sigo aquí', turnos: '{no' }, HTML);
    assert.equal(danada.estado, 422);
    assert.match(danada.texto, /sigo aquí/);
  });
});

describe('pruebas', () => {
  async function crear(datos: Record<string, string | string[]>) {
    const r = await duena.post(`${IA}/pruebas`, {
      espera: 'responde',
      contiene: '',
      no_contiene: '',
      activa: 'on',
      ...datos,
    });
    assert.equal(r.estado, 303, r.texto);
  }

  test('corren con barra, se guardan y dicen qué falló', async () => {
    await crear({
      pregunta: '¿Cuánto cuesta el corte de cabello?',
      contiene: '350 | trescientos',
      citas: precios,
    });
    await crear({ pregunta: '¿A qué hora abren?', contiene: '10:00', no_contiene: '9:00', citas: horario });
    await crear({ pregunta: 'quiero hablar con una persona', espera: 'pasa' });
    await crear({ pregunta: '¿Quién ganó el mundial de 1970?', espera: 'no_contesta' });
    await crear({ pregunta: '¿Hacen alaciado de keratina japonesa?', contiene: 'keratina' });
    const r = await duena.post(`${IA}/corridas`);
    assert.equal(r.estado, 303);
    const ruta = r.cabeceras.get('location') ?? '';
    const c = await terminada(ruta);
    assert.equal(c.estado, 'terminada');
    assert.equal(c.pasadas, 4);
    const pagina = (await duena.get(ruta, HTML)).texto;
    assert.match(pagina, /4 de 5 pasan/);
    assert.match(pagina, /La pasó a una persona/);
    assert.match(pagina, /No dijo «keratina»/);
    assert.match(pagina, /citó «Precio del corte»/);
  });

  test('una segunda corrida dice qué se arregló desde la anterior', async () => {
    await ensenar(n, 'aura', 'Keratina', 'Hacemos alaciado de keratina japonesa desde $1,200.');
    const ruta = (await duena.post(`${IA}/corridas`)).cabeceras.get('location') ?? '';
    assert.equal((await terminada(ruta)).pasadas, 5);
    const pagina = (await duena.get(ruta, HTML)).texto;
    assert.match(pagina, /1 se arregló/);
    assert.match(pagina, /Antes fallaba/);
  });

  test('una pregunta repetida, vacía o sin forma se explica', async () => {
    const repetida = await duena.post(
      `${IA}/pruebas`,
      { pregunta: 'A QUE HORA ABREN', espera: 'responde', contiene: '', no_contiene: '' },
      HTML,
    );
    assert.equal(repetida.estado, 422);
    assert.match(repetida.texto, /Ya hay una prueba con esa pregunta/);
    const mal = await duena.post(
      `${IA}/pruebas`,
      { pregunta: '', espera: 'bailar', contiene: 'se conserva', no_contiene: '' },
      HTML,
    );
    assert.equal(mal.estado, 422);
    assert.match(mal.texto, /Escribe la pregunta/);
    assert.match(mal.texto, /se conserva/);
  });

  test('si la nora lo exige, un cambio que rompe una prueba no se publica hasta confirmarlo', async () => {
    await duena.post(`${IA}/exigencia`, { exige: 'on' });
    const antes = await ajustes();
    const r = await duena.post(IA, { ...FORMULARIO, huella: await huella(), palabras_pase: 'corte' });
    const ruta = r.cabeceras.get('location') ?? '';
    assert.match(ruta, /\/ia\/pruebas\/corridas\//);
    const c = await terminada(ruta);
    assert.equal(c.publicacion, 'esperando');
    assert.equal(c.rotas, 1);
    assert.deepEqual((await ajustes())['palabras_pase'], antes['palabras_pase']);
    const pagina = (await duena.get(ruta, HTML)).texto;
    assert.match(pagina, /Antes pasaba/);
    assert.match(pagina, /no se ha publicado/);
    assert.equal((await duena.post(`${ruta}/publicacion`)).estado, 303);
    assert.deepEqual((await ajustes())['palabras_pase'], ['corte']);
    const [apunte] = await n.sql(
      `select 1 from auditoria where accion = 'publicar cambio que rompe pruebas'`,
    );
    assert.ok(apunte);
    // Ya resuelto: pulsar otra vez no lo repite.
    await duena.post(`${ruta}/publicacion`);
    assert.equal(
      (await n.sql(`select 1 from auditoria where accion = 'publicar cambio que rompe pruebas'`)).length,
      1,
    );
  });

  test('uno que no rompe nada se publica solo, y uno descartado no deja rastro', async () => {
    const bueno = await duena.post(IA, { ...FORMULARIO, huella: await huella(), personalidad: 'Cálida' });
    const c = await terminada(bueno.cabeceras.get('location') ?? '');
    assert.equal(c.publicacion, 'publicada');
    assert.equal((await ajustes())['personalidad'], 'Cálida');
    const malo = await duena.post(IA, {
      ...FORMULARIO,
      huella: await huella(),
      personalidad: 'Fría',
      palabras_pase: 'abren',
    });
    const ruta = malo.cabeceras.get('location') ?? '';
    assert.equal((await terminada(ruta)).rotas, 1);
    await duena.borrar(`${ruta}/publicacion`);
    assert.equal((await ajustes())['personalidad'], 'Cálida');
    await duena.post(`${ruta}/publicacion`);
    assert.equal((await ajustes())['personalidad'], 'Cálida');
  });

  test('probar un cambio de conocimiento no deja nada escrito, y publicarlo lo firma quien lo hizo', async () => {
    const { revisarCambio } = await import('../src/ia/pruebas.ts');
    const usuario =
      (await n.sql<{ id: string }>(`select id from usuarios where correo = 'duena@aura.mx'`))[0]?.id ?? '';
    const bd = n.ctx.bd.deNora('aura');
    const cambio = (contenido: string) => [
      {
        op: 'bloque' as const,
        datos: {
          id: horario,
          titulo: 'Horario',
          contenido,
          etiquetas: [],
          prioridad: 0,
          activo: true,
          aunque: true,
        },
      },
    ];
    const foto = () =>
      n.sql(
        'select (select count(*) from auditoria) a, (select count(*) from versiones_conocimiento) v, (select contenido from conocimiento_nora where id = $1) c',
        [horario],
      );
    const antes = await foto();
    const rompe = await revisarCambio(n.ctx, {
      bd,
      nombre_nora: 'aura',
      usuario,
      cambio: cambio('Preguntar al encargado del turno cualquier duda.'),
      resumen: 'Bloque «Horario»',
    });
    assert.equal(rompe.r, 'en_prueba');
    const c = await terminada(rompe.r === 'en_prueba' ? rompe.ruta : '');
    assert.equal(c.publicacion, 'esperando');
    assert.deepEqual(await foto(), antes);
    const apaga = await revisarCambio(n.ctx, {
      bd,
      nombre_nora: 'aura',
      usuario,
      cambio: [{ op: 'bloques', ids: [precios], accion: 'apagar' }],
      resumen: 'Apagar un bloque',
    });
    const apagado = await terminada(apaga.r === 'en_prueba' ? apaga.ruta : '');
    assert.equal(apagado.rotas, 1);
    assert.deepEqual(await n.sql('select activo from conocimiento_nora where id = $1', [precios]), [
      { activo: true },
    ]);
    const bien = await revisarCambio(n.ctx, {
      bd,
      nombre_nora: 'aura',
      usuario,
      cambio: cambio('Abrimos de lunes a sábado de 10:00 a 21:00. El domingo cerramos.'),
      resumen: 'Bloque «Horario»',
    });
    assert.equal((await terminada(bien.r === 'en_prueba' ? bien.ruta : '')).publicacion, 'publicada');
    const [v] = await n.sql<{ usuario_id: string; contenido: string }>(
      'select usuario_id, contenido from versiones_conocimiento where bloque_id = $1 order by version desc limit 1',
      [horario],
    );
    assert.equal(v?.usuario_id, usuario);
    assert.match(v?.contenido ?? '', /21:00/);
  });

  test('un cambio que ya no se puede aplicar lo dice y no publica a medias', async () => {
    const { revisarCambio } = await import('../src/ia/pruebas.ts');
    const usuario =
      (await n.sql<{ id: string }>(`select id from usuarios where correo = 'duena@aura.mx'`))[0]?.id ?? '';
    const datos = {
      id: '00000000-0000-4000-8000-000000000009',
      titulo: '',
      contenido: 'nada',
      etiquetas: [],
      prioridad: 0,
      activo: true,
    };
    const cambio = [
      { op: 'ajustes' as const, datos: { personalidad: 'A medias' } },
      { op: 'bloque' as const, datos },
    ];
    const r = await revisarCambio(n.ctx, {
      bd: n.ctx.bd.deNora('aura'),
      nombre_nora: 'aura',
      usuario,
      cambio,
      resumen: 'Fantasma',
    });
    const ruta = r.r === 'en_prueba' ? r.ruta : '';
    assert.equal((await terminada(ruta)).estado, 'fallida');
    await duena.post(`${ruta}/publicacion`);
    assert.equal((await ajustes())['personalidad'], 'Cálida');
    assert.match((await duena.get(ruta, HTML)).texto, /ya no existe/);
    await duena.borrar(`${ruta}/publicacion`);
  });

  test('el aviso de lo guardado es de la página que llega, no del refresco de la que se va', async () => {
    await duena.post(`${IA}/exigencia`, {});
    const aviso = /Los cambios se guardan sin exigir las pruebas/;
    const refresco = await duena.get(`${IA}/pruebas`, { ...HTML, 'hx-request': 'true' });
    assert.equal(refresco.estado, 200);
    assert.doesNotMatch(refresco.texto, aviso);
    assert.match((await duena.get(`${IA}/pruebas`, HTML)).texto, aviso);
    assert.doesNotMatch((await duena.get(`${IA}/pruebas`, HTML)).texto, aviso);
  });

  test('sin exigirlo, «Probar y guardar» también las corre primero', async () => {
    await duena.post(`${IA}/exigencia`, {});
    const directo = await duena.post(IA, { ...FORMULARIO, huella: await huella(), personalidad: 'Directa' });
    assert.match(directo.cabeceras.get('location') ?? '', /\/ia$/);
    const r = await duena.post(IA, {
      ...FORMULARIO,
      huella: await huella(),
      personalidad: 'Probada',
      accion: 'probar',
    });
    assert.equal((await terminada(r.cabeceras.get('location') ?? '')).publicacion, 'publicada');
    assert.equal((await ajustes())['personalidad'], 'Probada');
  });
});

describe('auditoría y costo', () => {
  test('cada respuesta sale con sus fuentes y un enlace a su mensaje en el chat', async () => {
    const r = await duena.get(`${IA}/auditoria?q=corte`, HTML);
    assert.match(r.texto, /Precio del corte/);
    const enlace =
      /href="(\/panel_cliente\/aura\/chat\/[^"]+mensaje=[^"]+)"/
        .exec(r.texto)?.[1]
        ?.replaceAll('&amp;', '&') ?? '';
    const chat = await duena.get(enlace, HTML);
    assert.equal(chat.estado, 200);
    assert.match(chat.texto, /350/);
  });

  test('los filtros combinan, la llave pagina sin repetir y lo ilegible se ignora', async () => {
    const sin = (await duena.get(`${IA}/auditoria?motivo=sin_evidencia`, HTML)).texto;
    assert.match(sin, /llantas de tractor/);
    assert.doesNotMatch(sin, /corte de cabello/);
    assert.match((await duena.get(`${IA}/auditoria?fuentes=sin&q=corte`, HTML)).texto, /Nada con eso/);
    assert.equal((await duena.get(`${IA}/auditoria?antes=basura&desde=ayer&modo=otro`)).estado, 200);
    const [k] = await n.sql<{ id: string }>(`select id from contactos where nombre_nora = 'aura' limit 1`);
    await n.sql(
      `insert into respuestas_ia (nombre_nora, contacto_id, modo, motivo, pregunta, creado) select 'aura', $1, 'local', 'respondida', 'lote ' || g, '2026-01-01'::timestamptz from generate_series(1, 95) g`,
      [k?.id],
    );
    const vistos = new Set<string>();
    let ruta = `${IA}/auditoria?q=lote`;
    let paginas = 0;
    while (ruta) {
      const { texto } = await duena.get(ruta, { ...HTML, 'hx-request': 'true' });
      for (const [, cual] of texto.matchAll(/<strong>(lote \d+)<\/strong>/g)) {
        assert.ok(!vistos.has(cual ?? ''), `se repitió ${cual}`);
        vistos.add(cual ?? '');
      }
      ruta = /hx-get="([^"]+)"/.exec(texto)?.[1]?.replaceAll('&amp;', '&') ?? '';
      paginas++;
    }
    assert.equal(vistos.size, 95);
    assert.equal(paginas, 3);
  });

  test('la exportación escapa fórmulas y no trae nada de otra nora', async () => {
    const [k] = await n.sql<{ id: string }>(`select id from contactos where nombre_nora = 'aura' limit 1`);
    await n.sql(
      `insert into respuestas_ia (nombre_nora, contacto_id, modo, motivo, pregunta) values ('aura', $1, 'local', 'respondida', '=HYPERLINK("http://malo")')`,
      [k?.id],
    );
    const csv = (await duena.get(`${IA}/auditoria.csv`)).texto;
    assert.match(csv, /"'=HYPERLINK/);
    assert.equal(
      (await otra.get('/panel_cliente/demo/ia/auditoria.csv')).texto.trim().split('\r\n').length,
      1,
    );
  });

  test('el costo suma los tokens por día y modelo a los precios de la tabla', async () => {
    await n.sql(
      `select interno.sumar_consumo(b, '{"modo":"openai","modelo":"gpt-5-mini-2025-08-07","motivo":"respondida","tokens_entrada":1000000,"tokens_salida":500000}') from configuracion_bot b where nombre_nora = 'aura'`,
    );
    await n.sql(
      `select interno.sumar_consumo(b, '{"modo":"openai","modelo":"raro","motivo":"respondida","tokens_entrada":10,"tokens_salida":5}') from configuracion_bot b where nombre_nora = 'aura'`,
    );
    const r = (await duena.get(`${IA}/costos`, HTML)).texto;
    assert.match(r, /US\$1\.25/);
    assert.match(r, /precio de raro/);
    assert.match(r, /Probador/);
    assert.match(r, /Pruebas/);
    assert.match(r, /tokens de tope/);
    const pasado = await duena.get(`${IA}/costos?mes=2020-02`, HTML);
    assert.equal(pasado.estado, 200);
    assert.match(pasado.texto, /Tokens del mes/);
    assert.doesNotMatch(pasado.texto, /tokens de tope/, 'lo de hoy no es de aquel mes');
  });
});

describe('muro', () => {
  const GETS = ['', '/probador', '/pruebas', '/pruebas/nueva', '/auditoria', '/auditoria.csv', '/costos'];

  test('un agente no entra a ninguna página ni la ve en su menú', async () => {
    const agente = await entrar('agente@aura.mx');
    for (const ruta of GETS) assert.equal((await agente.get(IA + ruta)).estado, 404, ruta);
    assert.equal((await agente.post(`${IA}/encendido`, { activa: 'no' })).estado, 404);
    assert.doesNotMatch((await agente.get('/panel_cliente/aura', HTML)).texto, /\/panel_cliente\/aura\/ia/);
    assert.match((await duena.get('/panel_cliente/aura', HTML)).texto, /\/panel_cliente\/aura\/ia/);
  });

  test('con la clave de otra nora ninguna función ni tabla muestra ni mueve lo ajeno', async () => {
    const bd = n.ctx.bd.deNora('demo');
    const [p] = await n.sql<{ id: string }>(`select id from pruebas_ia where nombre_nora = 'aura' limit 1`);
    const [c] = await n.sql<{ id: string }>(`select id from corridas_ia where nombre_nora = 'aura' limit 1`);
    const nadie = null as unknown as string;
    for (const tabla of ['pruebas_ia', 'corridas_ia', 'resultados_ia', 'consumo_modelos'] as const) {
      const { data } = await bd.from(tabla).select('nombre_nora').neq('nombre_nora', 'demo').throwOnError();
      assert.deepEqual(data, [], tabla);
    }
    assert.equal((await bd.rpc('abrir_corrida', { p_id: c?.id ?? '' }).throwOnError()).data, null);
    assert.equal((await bd.rpc('tomar_corrida', { p_id: c?.id ?? '' }).throwOnError()).data, null);
    assert.equal(
      (
        await bd
          .rpc('publicar_cambio', { p_id: c?.id ?? '', p_usuario: nadie, p_confirmado: true })
          .throwOnError()
      ).data,
      null,
    );
    assert.equal(
      (await bd.rpc('borrar_prueba', { p_id: p?.id ?? '', p_usuario: nadie }).throwOnError()).data,
      null,
    );
    assert.equal((await otra.get(`/panel_cliente/demo/ia/pruebas/${p?.id}`)).estado, 404);
    assert.equal((await otra.get(`/panel_cliente/demo/ia/pruebas/corridas/${c?.id}`)).estado, 404);
    assert.equal(
      (await otra.post(`/panel_cliente/demo/ia/pruebas/corridas/${c?.id}/publicacion`)).estado,
      404,
    );
    const ajena = await bd
      .from('pruebas_ia')
      .insert({ nombre_nora: 'aura', pregunta: 'x', espera: 'pasa' } as never);
    assert.ok(ajena.error);
  });
});

describe('con proveedor', () => {
  let conModelo: NoraDePrueba;
  before(async () => {
    conModelo = await abrirNora({ conOpenai: true });
    await sembrarNoras(conModelo);
    await crearUsuario(conModelo.ctx, { correo: 'duena@aura.mx', noras: { aura: 'dueno' } });
    await ensenar(conModelo, 'aura', 'Envíos', 'El envío cuesta $99 y tarda tres días.');
  });
  after(() => conModelo.cerrar());

  test('el probador le manda al modelo lo mismo que el canal y cuenta lo que gasta', async () => {
    conModelo.openai?.responderCon(() => ({ respuesta: 'Cuesta $99.', citas: [1], accion: 'responder' }));
    const v = visitar(conModelo.url);
    await v.entrar('duena@aura.mx');
    const r = await v.post(`${IA}/probador`, { texto: '¿Cuánto cuesta el envío?' }, HTML);
    assert.match(r.texto, /Cuesta \$99\./);
    assert.match(r.texto, /Citado/);
    await conModelo.escribir({ para: AURA, cuerpo: '¿Cuánto cuesta el envío?' });
    await conModelo.reposo();
    const sinHora = (c: CuerpoRecibido | undefined) =>
      c?.messages.filter((m) => !m.content.startsWith('Hoy es'));
    const [deProbador, deCanal] =
      conModelo.openai?.peticiones.filter((p) => p.cuerpo.messages).map((p) => p.cuerpo) ?? [];
    assert.deepEqual(sinHora(deProbador), sinHora(deCanal));
    const usos = await conModelo.sql<{ uso: string; tokens_entrada: string }>(
      `select uso, tokens_entrada from consumo_modelos where nombre_nora = 'aura' order by uso`,
    );
    assert.deepEqual(
      usos.map((u) => u.uso),
      ['probador', 'respuestas'],
    );
    assert.ok(usos.every((u) => Number(u.tokens_entrada) > 0));
  });

  test('si el proveedor se cae, el cambio no se da por probado ni se publica; al volver se prueba lo que falta', async () => {
    const v = visitar(conModelo.url);
    await v.entrar('duena@aura.mx');
    const preguntas = ['¿Cuánto cuesta el envío?', '¿Cuánto tarda el envío?'];
    for (const pregunta of preguntas)
      await v.post(`${IA}/pruebas`, {
        espera: 'responde',
        contiene: '',
        no_contiene: '',
        activa: 'on',
        pregunta,
      });
    await v.post(`${IA}/exigencia`, { exige: 'on' });
    const guardar = async (personalidad: string) => {
      const huella = /name="huella" value="([^"]+)"/.exec((await v.get(IA, HTML)).texto)?.[1] ?? '';
      const r = await v.post(IA, { ...FORMULARIO, huella, personalidad });
      return r.cabeceras.get('location') ?? '';
    };
    const corrida = async (ruta: string, estado: string) => {
      const leer = async () =>
        (
          await conModelo.sql<{ estado: string; publicacion: string; hechas: number; rotas: number }>(
            'select estado, publicacion, hechas, rotas from corridas_ia where id = $1',
            [ruta.split('/').at(-1)],
          )
        )[0];
      await hasta(async () => ['terminada', 'fallida'].includes((await leer())?.estado ?? ''), 10_000);
      if (estado === 'terminada') await hasta(async () => (await leer())?.publicacion === 'publicada');
      return leer();
    };
    const publicada = async () =>
      (
        await conModelo.sql<{ p: string | null }>(
          `select personalidad p from configuracion_bot where nombre_nora = 'aura'`,
        )
      )[0]?.p;
    conModelo.openai?.responderCon(() => ({ respuesta: 'Claro.', citas: [1], accion: 'responder' }));

    // Una contesta y a la otra el proveedor le falla; el modo local la habría dado por buena.
    conModelo.openai?.programar({
      si: (c) => JSON.stringify(c.messages.at(-1)).includes('tarda'),
      error: { http: 429, code: 'insufficient_quota', type: 'insufficient_quota' },
    });
    const ruta = await guardar('Cálida');
    assert.deepEqual(await corrida(ruta, 'fallida'), {
      estado: 'fallida',
      publicacion: 'esperando',
      hechas: 1,
      rotas: 0,
    });
    assert.notEqual(await publicada(), 'Cálida');
    const pagina = (await v.get(ruta, HTML)).texto;
    assert.match(pagina, /La IA no pudo contestar y lo que falta no se probó/);
    assert.match(pagina, /Sin probar: /);
    assert.match(pagina, /Volver a probar/);
    const pedidas = conModelo.openai?.peticiones.length ?? 0;
    await v.post(`${ruta}/reintento`);
    assert.equal((await corrida(ruta, 'terminada'))?.publicacion, 'publicada');
    assert.equal((conModelo.openai?.peticiones.length ?? 0) - pedidas, 1, 'lo contestado no se repite');
    assert.equal(await publicada(), 'Cálida');

    // Con el cambio falla una; si antes pasaba no se supo, porque ahí se cayó el proveedor.
    const conCambio = (c: CuerpoRecibido) => JSON.stringify(c.messages).includes('Cortante');
    conModelo.openai?.responderCon((_m, c) => ({
      respuesta: conCambio(c) ? '' : 'Claro.',
      citas: [],
      accion: conCambio(c) ? 'pasar_a_humano' : 'responder',
    }));
    conModelo.openai?.programar({
      si: (c) => !conCambio(c),
      veces: 20,
      error: { http: 429, code: 'insufficient_quota', type: 'insufficient_quota' },
    });
    const otra = await corrida(await guardar('Cortante'), 'fallida');
    assert.deepEqual(otra, { estado: 'fallida', publicacion: 'esperando', hechas: 0, rotas: 0 });
    assert.equal(await publicada(), 'Cálida');
  });
});
