// Generado por `npm run tipos` desde supabase/migrations. No lo edites a mano.

export type Json = string | number | boolean | null | { [clave: string]: Json | undefined } | Json[];

export type Database = {
  public: {
    Tables: {
      adjuntos: {
        Row: {
          bytes: number | null;
          created_at: string;
          error: string | null;
          estado: string;
          historial_id: string | null;
          id: string;
          intentos: number;
          nombre: string | null;
          nombre_nora: string;
          orden: number;
          origen_url: string | null;
          para: string | null;
          ruta: string | null;
          sha256: string | null;
          tipo: string;
          vence: string;
        };
        Insert: {
          bytes?: number | null;
          created_at?: string;
          error?: string | null;
          estado?: string;
          historial_id?: string | null;
          id?: string;
          intentos?: number;
          nombre?: string | null;
          nombre_nora: string;
          orden?: number;
          origen_url?: string | null;
          para?: string | null;
          ruta?: string | null;
          sha256?: string | null;
          tipo: string;
          vence?: string;
        };
        Update: {
          bytes?: number | null;
          created_at?: string;
          error?: string | null;
          estado?: string;
          historial_id?: string | null;
          id?: string;
          intentos?: number;
          nombre?: string | null;
          nombre_nora?: string;
          orden?: number;
          origen_url?: string | null;
          para?: string | null;
          ruta?: string | null;
          sha256?: string | null;
          tipo?: string;
          vence?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'adjuntos_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
          {
            foreignKeyName: 'adjuntos_nombre_nora_historial_id_fkey';
            columns: ['nombre_nora', 'historial_id'];
            isOneToOne: false;
            referencedRelation: 'historial_conversaciones';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      adjuntos_por_borrar: {
        Row: {
          creado: string;
          nombre_nora: string;
          ruta: string;
        };
        Insert: {
          creado?: string;
          nombre_nora: string;
          ruta: string;
        };
        Update: {
          creado?: string;
          nombre_nora?: string;
          ruta?: string;
        };
        Relationships: [];
      };
      atenciones: {
        Row: {
          arrendado_por: string | null;
          arriendo_hasta: string | null;
          carril: string;
          contacto_id: string;
          desde: string;
          intentos: number;
          nombre_nora: string;
          ultimo_error: string | null;
          vence: string;
          vuelta: number;
        };
        Insert: {
          arrendado_por?: string | null;
          arriendo_hasta?: string | null;
          carril: string;
          contacto_id: string;
          desde?: string;
          intentos?: number;
          nombre_nora: string;
          ultimo_error?: string | null;
          vence: string;
          vuelta?: number;
        };
        Update: {
          arrendado_por?: string | null;
          arriendo_hasta?: string | null;
          carril?: string;
          contacto_id?: string;
          desde?: string;
          intentos?: number;
          nombre_nora?: string;
          ultimo_error?: string | null;
          vence?: string;
          vuelta?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'atenciones_nombre_nora_contacto_id_fkey';
            columns: ['nombre_nora', 'contacto_id'];
            isOneToOne: false;
            referencedRelation: 'contactos';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      auditoria: {
        Row: {
          accion: string;
          antes: Json | null;
          cuando: string;
          despues: Json | null;
          entidad: string;
          id: string;
          nombre_nora: string | null;
          quien: string | null;
        };
        Insert: {
          accion: string;
          antes?: Json | null;
          cuando?: string;
          despues?: Json | null;
          entidad: string;
          id?: string;
          nombre_nora?: string | null;
          quien?: string | null;
        };
        Update: {
          accion?: string;
          antes?: Json | null;
          cuando?: string;
          despues?: Json | null;
          entidad?: string;
          id?: string;
          nombre_nora?: string | null;
          quien?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'auditoria_quien_fkey';
            columns: ['quien'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      avisos_enviados: {
        Row: {
          enviado: string;
          incidente_id: string;
          momento: string;
          usuario_id: string;
        };
        Insert: {
          enviado?: string;
          incidente_id: string;
          momento: string;
          usuario_id: string;
        };
        Update: {
          enviado?: string;
          incidente_id?: string;
          momento?: string;
          usuario_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'avisos_enviados_incidente_id_fkey';
            columns: ['incidente_id'];
            isOneToOne: false;
            referencedRelation: 'incidentes';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'avisos_enviados_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      cambios_etiquetas: {
        Row: {
          a: string | null;
          cambiados: number;
          creado: string;
          de: string;
          id: string;
          nombre_nora: string;
          terminado: string | null;
          usuario_id: string | null;
        };
        Insert: {
          a?: string | null;
          cambiados?: number;
          creado?: string;
          de: string;
          id?: string;
          nombre_nora: string;
          terminado?: string | null;
          usuario_id?: string | null;
        };
        Update: {
          a?: string | null;
          cambiados?: number;
          creado?: string;
          de?: string;
          id?: string;
          nombre_nora?: string;
          terminado?: string | null;
          usuario_id?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'cambios_etiquetas_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
          {
            foreignKeyName: 'cambios_etiquetas_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      campos_contacto: {
        Row: {
          clave: string;
          created_at: string;
          id: string;
          nombre_nora: string;
          opciones: string[];
          orden: number;
          tipo: string;
          titulo: string;
        };
        Insert: {
          clave: string;
          created_at?: string;
          id?: string;
          nombre_nora: string;
          opciones?: string[];
          orden?: number;
          tipo: string;
          titulo: string;
        };
        Update: {
          clave?: string;
          created_at?: string;
          id?: string;
          nombre_nora?: string;
          opciones?: string[];
          orden?: number;
          tipo?: string;
          titulo?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'campos_contacto_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      conciliaciones: {
        Row: {
          al_dia: string;
          cuenta: string;
        };
        Insert: {
          al_dia: string;
          cuenta: string;
        };
        Update: {
          al_dia?: string;
          cuenta?: string;
        };
        Relationships: [];
      };
      configuracion_bot: {
        Row: {
          activo: boolean;
          borrado_pedido_en: string | null;
          created_at: string;
          credenciales_twilio: string | null;
          exige_pruebas: boolean;
          foto_perfil: string | null;
          horario: Json;
          ia_activa: boolean;
          id: string;
          instrucciones: string | null;
          limite_espera_min: number;
          mensaje_bienvenida: string | null;
          mensaje_fuera_de_tema: string | null;
          mensaje_fuera_horario: string | null;
          modelo_ia: string | null;
          modo_respuesta: string;
          nombre_nora: string;
          nombre_visible: string;
          numero_desde: string | null;
          numero_nora: string | null;
          palabras_pase: string[];
          personalidad: string | null;
          reanudar_ia_horas: number;
          retencion_media_dias: number | null;
          retencion_mensajes_dias: number | null;
          tope_tokens_dia: number;
          updated_at: string;
          zona_horaria: string;
        };
        Insert: {
          activo?: boolean;
          borrado_pedido_en?: string | null;
          created_at?: string;
          credenciales_twilio?: string | null;
          exige_pruebas?: boolean;
          foto_perfil?: string | null;
          horario?: Json;
          ia_activa?: boolean;
          id?: string;
          instrucciones?: string | null;
          limite_espera_min?: number;
          mensaje_bienvenida?: string | null;
          mensaje_fuera_de_tema?: string | null;
          mensaje_fuera_horario?: string | null;
          modelo_ia?: string | null;
          modo_respuesta?: string;
          nombre_nora: string;
          nombre_visible: string;
          numero_desde?: string | null;
          numero_nora?: string | null;
          palabras_pase?: string[];
          personalidad?: string | null;
          reanudar_ia_horas?: number;
          retencion_media_dias?: number | null;
          retencion_mensajes_dias?: number | null;
          tope_tokens_dia?: number;
          updated_at?: string;
          zona_horaria?: string;
        };
        Update: {
          activo?: boolean;
          borrado_pedido_en?: string | null;
          created_at?: string;
          credenciales_twilio?: string | null;
          exige_pruebas?: boolean;
          foto_perfil?: string | null;
          horario?: Json;
          ia_activa?: boolean;
          id?: string;
          instrucciones?: string | null;
          limite_espera_min?: number;
          mensaje_bienvenida?: string | null;
          mensaje_fuera_de_tema?: string | null;
          mensaje_fuera_horario?: string | null;
          modelo_ia?: string | null;
          modo_respuesta?: string;
          nombre_nora?: string;
          nombre_visible?: string;
          numero_desde?: string | null;
          numero_nora?: string | null;
          palabras_pase?: string[];
          personalidad?: string | null;
          reanudar_ia_horas?: number;
          retencion_media_dias?: number | null;
          retencion_mensajes_dias?: number | null;
          tope_tokens_dia?: number;
          updated_at?: string;
          zona_horaria?: string;
        };
        Relationships: [];
      };
      conocimiento_nora: {
        Row: {
          activo: boolean;
          busqueda: unknown;
          contenido: string;
          created_at: string;
          etiquetas: string[];
          firma: number[] | null;
          huella: string | null;
          id: string;
          nombre_nora: string;
          plano: string | null;
          prioridad: number;
          sonidos: string[];
          titulo: string;
          updated_at: string;
        };
        Insert: {
          activo?: boolean;
          busqueda?: unknown;
          contenido: string;
          created_at?: string;
          etiquetas?: string[];
          id?: string;
          nombre_nora: string;
          prioridad?: number;
          sonidos?: string[];
          titulo?: string;
          updated_at?: string;
        };
        Update: {
          activo?: boolean;
          busqueda?: unknown;
          contenido?: string;
          created_at?: string;
          etiquetas?: string[];
          id?: string;
          nombre_nora?: string;
          prioridad?: number;
          sonidos?: string[];
          titulo?: string;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'conocimiento_nora_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      consumo_ia: {
        Row: {
          dia: string;
          nombre_nora: string;
          respuestas: number;
          tokens_entrada: number;
          tokens_salida: number;
        };
        Insert: {
          dia: string;
          nombre_nora: string;
          respuestas?: number;
          tokens_entrada?: number;
          tokens_salida?: number;
        };
        Update: {
          dia?: string;
          nombre_nora?: string;
          respuestas?: number;
          tokens_entrada?: number;
          tokens_salida?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'consumo_ia_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      consumo_modelos: {
        Row: {
          dia: string;
          llamadas: number;
          modelo: string;
          nombre_nora: string;
          tokens_entrada: number;
          tokens_salida: number;
          uso: string;
        };
        Insert: {
          dia: string;
          llamadas?: number;
          modelo: string;
          nombre_nora: string;
          tokens_entrada?: number;
          tokens_salida?: number;
          uso: string;
        };
        Update: {
          dia?: string;
          llamadas?: number;
          modelo?: string;
          nombre_nora?: string;
          tokens_entrada?: number;
          tokens_salida?: number;
          uso?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'consumo_modelos_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      contactos: {
        Row: {
          acepta_envios: boolean | null;
          anuncio_id: string | null;
          anuncio_titulo: string | null;
          atendido_por: string | null;
          aviso_cierre_en: string | null;
          bienvenida_en: string | null;
          bloqueado: boolean;
          busqueda: string | null;
          clave_telefono: string | null;
          correo: string | null;
          created_at: string;
          datos: Json;
          empresa: string | null;
          epoca: number;
          epoca_resuelta: number;
          espera_humano_desde: string | null;
          etiquetas: string[];
          ia_activa: boolean;
          ia_pausada_hasta: string | null;
          id: string;
          id_whatsapp: string | null;
          imagen_perfil: string | null;
          mensaje_reciente: string | null;
          motivo_espera: string | null;
          no_leidos: number;
          nombre: string | null;
          nombre_nora: string;
          notas: string | null;
          pospuesto_hasta: string | null;
          reciente_autor: string | null;
          reciente_usuario: string | null;
          resuelto_en: string | null;
          telefono: string | null;
          ultimo_mensaje: string;
          updated_at: string;
          ventana_hasta: string | null;
        };
        Insert: {
          acepta_envios?: boolean | null;
          anuncio_id?: string | null;
          anuncio_titulo?: string | null;
          atendido_por?: string | null;
          aviso_cierre_en?: string | null;
          bienvenida_en?: string | null;
          bloqueado?: boolean;
          busqueda?: string | null;
          clave_telefono?: string | null;
          correo?: string | null;
          created_at?: string;
          datos?: Json;
          empresa?: string | null;
          epoca?: number;
          epoca_resuelta?: number;
          espera_humano_desde?: string | null;
          etiquetas?: string[];
          ia_activa?: boolean;
          ia_pausada_hasta?: string | null;
          id?: string;
          id_whatsapp?: string | null;
          imagen_perfil?: string | null;
          mensaje_reciente?: string | null;
          motivo_espera?: string | null;
          no_leidos?: number;
          nombre?: string | null;
          nombre_nora: string;
          notas?: string | null;
          pospuesto_hasta?: string | null;
          reciente_autor?: string | null;
          reciente_usuario?: string | null;
          resuelto_en?: string | null;
          telefono?: string | null;
          ultimo_mensaje?: string;
          updated_at?: string;
          ventana_hasta?: string | null;
        };
        Update: {
          acepta_envios?: boolean | null;
          anuncio_id?: string | null;
          anuncio_titulo?: string | null;
          atendido_por?: string | null;
          aviso_cierre_en?: string | null;
          bienvenida_en?: string | null;
          bloqueado?: boolean;
          busqueda?: string | null;
          clave_telefono?: string | null;
          correo?: string | null;
          created_at?: string;
          datos?: Json;
          empresa?: string | null;
          epoca?: number;
          epoca_resuelta?: number;
          espera_humano_desde?: string | null;
          etiquetas?: string[];
          ia_activa?: boolean;
          ia_pausada_hasta?: string | null;
          id?: string;
          id_whatsapp?: string | null;
          imagen_perfil?: string | null;
          mensaje_reciente?: string | null;
          motivo_espera?: string | null;
          no_leidos?: number;
          nombre?: string | null;
          nombre_nora?: string;
          notas?: string | null;
          pospuesto_hasta?: string | null;
          reciente_autor?: string | null;
          reciente_usuario?: string | null;
          resuelto_en?: string | null;
          telefono?: string | null;
          ultimo_mensaje?: string;
          updated_at?: string;
          ventana_hasta?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'contactos_atendido_por_fkey';
            columns: ['atendido_por'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'contactos_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      corridas_ia: {
        Row: {
          cambio: Json | null;
          creado: string;
          error: string | null;
          estado: string;
          hechas: number;
          id: string;
          impedimento: Json | null;
          movido: string;
          nombre_nora: string;
          pasadas: number;
          publicacion: string | null;
          publicado_por: string | null;
          resumen: string | null;
          rotas: number;
          terminado: string | null;
          total: number;
          usuario_id: string | null;
        };
        Insert: {
          cambio?: Json | null;
          creado?: string;
          error?: string | null;
          estado?: string;
          hechas?: number;
          id?: string;
          impedimento?: Json | null;
          movido?: string;
          nombre_nora: string;
          pasadas?: number;
          publicacion?: string | null;
          publicado_por?: string | null;
          resumen?: string | null;
          rotas?: number;
          terminado?: string | null;
          total?: number;
          usuario_id?: string | null;
        };
        Update: {
          cambio?: Json | null;
          creado?: string;
          error?: string | null;
          estado?: string;
          hechas?: number;
          id?: string;
          impedimento?: Json | null;
          movido?: string;
          nombre_nora?: string;
          pasadas?: number;
          publicacion?: string | null;
          publicado_por?: string | null;
          resumen?: string | null;
          rotas?: number;
          terminado?: string | null;
          total?: number;
          usuario_id?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'corridas_ia_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
          {
            foreignKeyName: 'corridas_ia_publicado_por_fkey';
            columns: ['publicado_por'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'corridas_ia_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      duplicados_descartados: {
        Row: {
          a: string;
          b: string;
          cuando: string;
          nombre_nora: string;
          usuario_id: string | null;
        };
        Insert: {
          a: string;
          b: string;
          cuando?: string;
          nombre_nora: string;
          usuario_id?: string | null;
        };
        Update: {
          a?: string;
          b?: string;
          cuando?: string;
          nombre_nora?: string;
          usuario_id?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'duplicados_descartados_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
          {
            foreignKeyName: 'duplicados_descartados_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      enlaces_cuenta: {
        Row: {
          clase: string;
          correo: string;
          creado: string;
          creado_por: string | null;
          huella: string;
          id: string;
          nombre_nora: string | null;
          rol: string | null;
          usado_en: string | null;
          usuario_id: string | null;
          vence: string;
        };
        Insert: {
          clase: string;
          correo: string;
          creado?: string;
          creado_por?: string | null;
          huella: string;
          id?: string;
          nombre_nora?: string | null;
          rol?: string | null;
          usado_en?: string | null;
          usuario_id?: string | null;
          vence: string;
        };
        Update: {
          clase?: string;
          correo?: string;
          creado?: string;
          creado_por?: string | null;
          huella?: string;
          id?: string;
          nombre_nora?: string | null;
          rol?: string | null;
          usado_en?: string | null;
          usuario_id?: string | null;
          vence?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'enlaces_cuenta_creado_por_fkey';
            columns: ['creado_por'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'enlaces_cuenta_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
          {
            foreignKeyName: 'enlaces_cuenta_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      estados_recibidos: {
        Row: {
          crudo: Json;
          estado: string;
          historial_id: string | null;
          id: string;
          nombre_nora: string | null;
          recibido: string;
          sid: string | null;
        };
        Insert: {
          crudo: Json;
          estado: string;
          historial_id?: string | null;
          id?: string;
          nombre_nora?: string | null;
          recibido?: string;
          sid?: string | null;
        };
        Update: {
          crudo?: Json;
          estado?: string;
          historial_id?: string | null;
          id?: string;
          nombre_nora?: string | null;
          recibido?: string;
          sid?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'estados_recibidos_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      etiquetas: {
        Row: {
          color: string;
          created_at: string;
          descripcion: string | null;
          ia_puede: boolean;
          id: string;
          nombre: string;
          nombre_nora: string;
        };
        Insert: {
          color?: string;
          created_at?: string;
          descripcion?: string | null;
          ia_puede?: boolean;
          id?: string;
          nombre: string;
          nombre_nora: string;
        };
        Update: {
          color?: string;
          created_at?: string;
          descripcion?: string | null;
          ia_puede?: boolean;
          id?: string;
          nombre?: string;
          nombre_nora?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'etiquetas_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      eventos_contacto: {
        Row: {
          contacto_id: string;
          cuando: string;
          detalle: Json;
          id: string;
          nombre_nora: string;
          tipo: string;
          usuario_id: string | null;
        };
        Insert: {
          contacto_id: string;
          cuando?: string;
          detalle?: Json;
          id?: string;
          nombre_nora: string;
          tipo: string;
          usuario_id?: string | null;
        };
        Update: {
          contacto_id?: string;
          cuando?: string;
          detalle?: Json;
          id?: string;
          nombre_nora?: string;
          tipo?: string;
          usuario_id?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'eventos_contacto_nombre_nora_contacto_id_fkey';
            columns: ['nombre_nora', 'contacto_id'];
            isOneToOne: false;
            referencedRelation: 'contactos';
            referencedColumns: ['nombre_nora', 'id'];
          },
          {
            foreignKeyName: 'eventos_contacto_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      historial_conversaciones: {
        Row: {
          adjuntos: Json | null;
          autor: string;
          clave_cliente: string | null;
          contacto_id: string;
          crudo: Json | null;
          epoca: number | null;
          error_codigo: number | null;
          error_detalle: string | null;
          estado: string;
          estado_en: string | null;
          fecha_hora: string;
          id: string;
          intentos: number;
          mensaje: string;
          nombre_nora: string;
          origen: string | null;
          plantilla: Json | null;
          referido: Json | null;
          respuesta_a: string | null;
          sid: string | null;
          telefono: string | null;
          tipo: string;
          usuario_id: string | null;
        };
        Insert: {
          adjuntos?: Json | null;
          autor: string;
          clave_cliente?: string | null;
          contacto_id: string;
          crudo?: Json | null;
          epoca?: number | null;
          error_codigo?: number | null;
          error_detalle?: string | null;
          estado: string;
          estado_en?: string | null;
          fecha_hora?: string;
          id?: string;
          intentos?: number;
          mensaje: string;
          nombre_nora: string;
          origen?: string | null;
          plantilla?: Json | null;
          referido?: Json | null;
          respuesta_a?: string | null;
          sid?: string | null;
          telefono?: string | null;
          tipo: string;
          usuario_id?: string | null;
        };
        Update: {
          adjuntos?: Json | null;
          autor?: string;
          clave_cliente?: string | null;
          contacto_id?: string;
          crudo?: Json | null;
          epoca?: number | null;
          error_codigo?: number | null;
          error_detalle?: string | null;
          estado?: string;
          estado_en?: string | null;
          fecha_hora?: string;
          id?: string;
          intentos?: number;
          mensaje?: string;
          nombre_nora?: string;
          origen?: string | null;
          plantilla?: Json | null;
          referido?: Json | null;
          respuesta_a?: string | null;
          sid?: string | null;
          telefono?: string | null;
          tipo?: string;
          usuario_id?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'historial_conversaciones_nombre_nora_contacto_id_fkey';
            columns: ['nombre_nora', 'contacto_id'];
            isOneToOne: false;
            referencedRelation: 'contactos';
            referencedColumns: ['nombre_nora', 'id'];
          },
          {
            foreignKeyName: 'historial_conversaciones_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      importaciones_bloques: {
        Row: {
          activo: boolean;
          contenido: string;
          etiquetas: string[];
          gemelo: Json | null;
          huella: string | null;
          id: string;
          importacion_id: string;
          incluir: boolean;
          nombre_nora: string;
          orden: number;
          prioridad: number;
          titulo: string;
        };
        Insert: {
          activo?: boolean;
          contenido: string;
          etiquetas?: string[];
          gemelo?: Json | null;
          id?: string;
          importacion_id: string;
          incluir?: boolean;
          nombre_nora: string;
          orden: number;
          prioridad?: number;
          titulo?: string;
        };
        Update: {
          activo?: boolean;
          contenido?: string;
          etiquetas?: string[];
          gemelo?: Json | null;
          id?: string;
          importacion_id?: string;
          incluir?: boolean;
          nombre_nora?: string;
          orden?: number;
          prioridad?: number;
          titulo?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'importaciones_bloques_nombre_nora_importacion_id_fkey';
            columns: ['nombre_nora', 'importacion_id'];
            isOneToOne: false;
            referencedRelation: 'importaciones_conocimiento';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      importaciones_conocimiento: {
        Row: {
          archivo: string;
          avisos: Json;
          creado: string;
          formato: string;
          guardada: Json | null;
          id: string;
          nombre_nora: string;
          usuario_id: string | null;
        };
        Insert: {
          archivo: string;
          avisos?: Json;
          creado?: string;
          formato: string;
          guardada?: Json | null;
          id?: string;
          nombre_nora: string;
          usuario_id?: string | null;
        };
        Update: {
          archivo?: string;
          avisos?: Json;
          creado?: string;
          formato?: string;
          guardada?: Json | null;
          id?: string;
          nombre_nora?: string;
          usuario_id?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'importaciones_conocimiento_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
          {
            foreignKeyName: 'importaciones_conocimiento_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      importaciones_contactos: {
        Row: {
          actualizadas: number;
          archivo: string;
          bytes: number;
          codificacion: string;
          columnas: Json;
          creadas: number;
          creado: string;
          empezado: string | null;
          error: string | null;
          estado: string;
          id: string;
          iguales: number;
          mapeo: Json;
          muestra: Json;
          nombre_nora: string;
          opciones: Json;
          procesadas: number;
          rechazadas: number;
          ruta: string | null;
          separador: string;
          terminado: string | null;
          total: number;
          usuario_id: string | null;
        };
        Insert: {
          actualizadas?: number;
          archivo: string;
          bytes: number;
          codificacion: string;
          columnas: Json;
          creadas?: number;
          creado?: string;
          empezado?: string | null;
          error?: string | null;
          estado?: string;
          id?: string;
          iguales?: number;
          mapeo?: Json;
          muestra?: Json;
          nombre_nora: string;
          opciones?: Json;
          procesadas?: number;
          rechazadas?: number;
          ruta?: string | null;
          separador: string;
          terminado?: string | null;
          total: number;
          usuario_id?: string | null;
        };
        Update: {
          actualizadas?: number;
          archivo?: string;
          bytes?: number;
          codificacion?: string;
          columnas?: Json;
          creadas?: number;
          creado?: string;
          empezado?: string | null;
          error?: string | null;
          estado?: string;
          id?: string;
          iguales?: number;
          mapeo?: Json;
          muestra?: Json;
          nombre_nora?: string;
          opciones?: Json;
          procesadas?: number;
          rechazadas?: number;
          ruta?: string | null;
          separador?: string;
          terminado?: string | null;
          total?: number;
          usuario_id?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'importaciones_contactos_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
          {
            foreignKeyName: 'importaciones_contactos_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      importaciones_contactos_filas: {
        Row: {
          celdas: Json | null;
          contacto_id: string | null;
          importacion_id: string;
          linea: number;
          motivo: string | null;
          nombre_nora: string;
          resultado: string;
        };
        Insert: {
          celdas?: Json | null;
          contacto_id?: string | null;
          importacion_id: string;
          linea: number;
          motivo?: string | null;
          nombre_nora: string;
          resultado: string;
        };
        Update: {
          celdas?: Json | null;
          contacto_id?: string | null;
          importacion_id?: string;
          linea?: number;
          motivo?: string | null;
          nombre_nora?: string;
          resultado?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'importaciones_contactos_filas_nombre_nora_importacion_id_fkey';
            columns: ['nombre_nora', 'importacion_id'];
            isOneToOne: false;
            referencedRelation: 'importaciones_contactos';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      incidentes: {
        Row: {
          cerrado: string | null;
          clase: string;
          clave: string;
          desde: string;
          detalle: string;
          id: string;
          nombre_nora: string | null;
          visto: string;
        };
        Insert: {
          cerrado?: string | null;
          clase: string;
          clave?: string;
          desde?: string;
          detalle?: string;
          id?: string;
          nombre_nora?: string | null;
          visto?: string;
        };
        Update: {
          cerrado?: string | null;
          clase?: string;
          clave?: string;
          desde?: string;
          detalle?: string;
          id?: string;
          nombre_nora?: string | null;
          visto?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'incidentes_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      logs_errores: {
        Row: {
          descripcion: string;
          fecha_hora: string;
          huella: string;
          id: string;
          nombre_nora: string | null;
          origen: string | null;
          primera_vez: string;
          reaperturas: number;
          resuelto: boolean;
          resuelto_en: string | null;
          resuelto_por: string | null;
          tipo: string;
          veces: number;
        };
        Insert: {
          descripcion: string;
          fecha_hora?: string;
          huella: string;
          id?: string;
          nombre_nora?: string | null;
          origen?: string | null;
          primera_vez?: string;
          reaperturas?: number;
          resuelto?: boolean;
          resuelto_en?: string | null;
          resuelto_por?: string | null;
          tipo: string;
          veces?: number;
        };
        Update: {
          descripcion?: string;
          fecha_hora?: string;
          huella?: string;
          id?: string;
          nombre_nora?: string | null;
          origen?: string | null;
          primera_vez?: string;
          reaperturas?: number;
          resuelto?: boolean;
          resuelto_en?: string | null;
          resuelto_por?: string | null;
          tipo?: string;
          veces?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'logs_errores_resuelto_por_fkey';
            columns: ['resuelto_por'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      lotes_contactos: {
        Row: {
          accion: string;
          cambiados: number;
          creado: string;
          estado: string;
          hechos: number;
          id: string;
          nombre_nora: string;
          regresados: number;
          terminado: string | null;
          total: number;
          usuario_id: string | null;
          valor: Json;
        };
        Insert: {
          accion: string;
          cambiados?: number;
          creado?: string;
          estado?: string;
          hechos?: number;
          id?: string;
          nombre_nora: string;
          regresados?: number;
          terminado?: string | null;
          total?: number;
          usuario_id?: string | null;
          valor?: Json;
        };
        Update: {
          accion?: string;
          cambiados?: number;
          creado?: string;
          estado?: string;
          hechos?: number;
          id?: string;
          nombre_nora?: string;
          regresados?: number;
          terminado?: string | null;
          total?: number;
          usuario_id?: string | null;
          valor?: Json;
        };
        Relationships: [
          {
            foreignKeyName: 'lotes_contactos_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
          {
            foreignKeyName: 'lotes_contactos_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      lotes_contactos_filas: {
        Row: {
          antes: Json | null;
          contacto_id: string;
          deshecho: boolean;
          hecho: boolean;
          lote_id: string;
          nombre_nora: string;
        };
        Insert: {
          antes?: Json | null;
          contacto_id: string;
          deshecho?: boolean;
          hecho?: boolean;
          lote_id: string;
          nombre_nora: string;
        };
        Update: {
          antes?: Json | null;
          contacto_id?: string;
          deshecho?: boolean;
          hecho?: boolean;
          lote_id?: string;
          nombre_nora?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'lotes_contactos_filas_nombre_nora_lote_id_fkey';
            columns: ['nombre_nora', 'lote_id'];
            isOneToOne: false;
            referencedRelation: 'lotes_contactos';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      mensajes_programados: {
        Row: {
          adjuntos: string[];
          clave_cliente: string;
          contacto_id: string;
          created_at: string;
          cuando: string;
          estado: string;
          historial_id: string | null;
          id: string;
          motivo: string | null;
          nombre_nora: string;
          plantilla: Json | null;
          texto: string;
          textos: Json;
          updated_at: string;
          usuario_id: string | null;
        };
        Insert: {
          adjuntos?: string[];
          clave_cliente: string;
          contacto_id: string;
          created_at?: string;
          cuando: string;
          estado?: string;
          historial_id?: string | null;
          id?: string;
          motivo?: string | null;
          nombre_nora: string;
          plantilla?: Json | null;
          texto?: string;
          textos?: Json;
          updated_at?: string;
          usuario_id?: string | null;
        };
        Update: {
          adjuntos?: string[];
          clave_cliente?: string;
          contacto_id?: string;
          created_at?: string;
          cuando?: string;
          estado?: string;
          historial_id?: string | null;
          id?: string;
          motivo?: string | null;
          nombre_nora?: string;
          plantilla?: Json | null;
          texto?: string;
          textos?: Json;
          updated_at?: string;
          usuario_id?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'mensajes_programados_nombre_nora_contacto_id_fkey';
            columns: ['nombre_nora', 'contacto_id'];
            isOneToOne: false;
            referencedRelation: 'contactos';
            referencedColumns: ['nombre_nora', 'id'];
          },
          {
            foreignKeyName: 'mensajes_programados_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      mensajes_sin_nora: {
        Row: {
          crudo: Json;
          id: string;
          motivo: string;
          recibido: string;
          sid: string | null;
        };
        Insert: {
          crudo: Json;
          id?: string;
          motivo: string;
          recibido?: string;
          sid?: string | null;
        };
        Update: {
          crudo?: Json;
          id?: string;
          motivo?: string;
          recibido?: string;
          sid?: string | null;
        };
        Relationships: [];
      };
      meta_ads_ajustes: {
        Row: {
          cuenta_id: string;
          diario: boolean;
          maximo_diario: number | null;
          maximo_total: number | null;
          mensual: boolean;
          mensual_desde: string | null;
          nombre_nora: string;
          revision: boolean;
          semanal: boolean;
          semanal_desde: string | null;
          updated_at: string;
        };
        Insert: {
          cuenta_id: string;
          diario?: boolean;
          maximo_diario?: number | null;
          maximo_total?: number | null;
          mensual?: boolean;
          mensual_desde?: string | null;
          nombre_nora: string;
          revision?: boolean;
          semanal?: boolean;
          semanal_desde?: string | null;
          updated_at?: string;
        };
        Update: {
          cuenta_id?: string;
          diario?: boolean;
          maximo_diario?: number | null;
          maximo_total?: number | null;
          mensual?: boolean;
          mensual_desde?: string | null;
          nombre_nora?: string;
          revision?: boolean;
          semanal?: boolean;
          semanal_desde?: string | null;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'meta_ads_ajustes_nombre_nora_cuenta_id_fkey';
            columns: ['nombre_nora', 'cuenta_id'];
            isOneToOne: true;
            referencedRelation: 'meta_ads_cuentas';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      meta_ads_alcances: {
        Row: {
          alcance: number;
          cuenta_id: string;
          desde: string;
          hasta: string;
          nombre_nora: string;
          traido: string;
        };
        Insert: {
          alcance: number;
          cuenta_id: string;
          desde: string;
          hasta: string;
          nombre_nora: string;
          traido?: string;
        };
        Update: {
          alcance?: number;
          cuenta_id?: string;
          desde?: string;
          hasta?: string;
          nombre_nora?: string;
          traido?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'meta_ads_alcances_nombre_nora_cuenta_id_fkey';
            columns: ['nombre_nora', 'cuenta_id'];
            isOneToOne: false;
            referencedRelation: 'meta_ads_cuentas';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      meta_ads_anuncios: {
        Row: {
          campana_id: string;
          conjunto_id: string;
          cuenta_id: string;
          estado: string | null;
          id: string;
          miniatura: string | null;
          nombre: string;
          nombre_nora: string;
          traido: string;
        };
        Insert: {
          campana_id: string;
          conjunto_id: string;
          cuenta_id: string;
          estado?: string | null;
          id: string;
          miniatura?: string | null;
          nombre: string;
          nombre_nora: string;
          traido?: string;
        };
        Update: {
          campana_id?: string;
          conjunto_id?: string;
          cuenta_id?: string;
          estado?: string | null;
          id?: string;
          miniatura?: string | null;
          nombre?: string;
          nombre_nora?: string;
          traido?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'meta_ads_anuncios_nombre_nora_cuenta_id_fkey';
            columns: ['nombre_nora', 'cuenta_id'];
            isOneToOne: false;
            referencedRelation: 'meta_ads_cuentas';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      meta_ads_campanas: {
        Row: {
          cuenta_id: string;
          estado: string | null;
          fin: string | null;
          id: string;
          nombre: string;
          nombre_nora: string;
          objetivo: string | null;
          presupuesto_diario: number | null;
          presupuesto_total: number | null;
          traido: string;
        };
        Insert: {
          cuenta_id: string;
          estado?: string | null;
          fin?: string | null;
          id: string;
          nombre: string;
          nombre_nora: string;
          objetivo?: string | null;
          presupuesto_diario?: number | null;
          presupuesto_total?: number | null;
          traido?: string;
        };
        Update: {
          cuenta_id?: string;
          estado?: string | null;
          fin?: string | null;
          id?: string;
          nombre?: string;
          nombre_nora?: string;
          objetivo?: string | null;
          presupuesto_diario?: number | null;
          presupuesto_total?: number | null;
          traido?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'meta_ads_campanas_nombre_nora_cuenta_id_fkey';
            columns: ['nombre_nora', 'cuenta_id'];
            isOneToOne: false;
            referencedRelation: 'meta_ads_cuentas';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      meta_ads_conexiones: {
        Row: {
          access_token: string | null;
          created_at: string;
          cuentas: Json;
          id: string;
          nombre_nora: string;
          paginas: Json;
          permisos: string[];
          token_expira: string | null;
          usuario_id: string;
        };
        Insert: {
          access_token?: string | null;
          created_at?: string;
          cuentas: Json;
          id?: string;
          nombre_nora: string;
          paginas?: Json;
          permisos?: string[];
          token_expira?: string | null;
          usuario_id: string;
        };
        Update: {
          access_token?: string | null;
          created_at?: string;
          cuentas?: Json;
          id?: string;
          nombre_nora?: string;
          paginas?: Json;
          permisos?: string[];
          token_expira?: string | null;
          usuario_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'meta_ads_conexiones_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
          {
            foreignKeyName: 'meta_ads_conexiones_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      meta_ads_conjuntos: {
        Row: {
          campana_id: string;
          cuenta_id: string;
          estado: string | null;
          fin: string | null;
          id: string;
          nombre: string;
          nombre_nora: string;
          presupuesto_diario: number | null;
          presupuesto_total: number | null;
          traido: string;
        };
        Insert: {
          campana_id: string;
          cuenta_id: string;
          estado?: string | null;
          fin?: string | null;
          id: string;
          nombre: string;
          nombre_nora: string;
          presupuesto_diario?: number | null;
          presupuesto_total?: number | null;
          traido?: string;
        };
        Update: {
          campana_id?: string;
          cuenta_id?: string;
          estado?: string | null;
          fin?: string | null;
          id?: string;
          nombre?: string;
          nombre_nora?: string;
          presupuesto_diario?: number | null;
          presupuesto_total?: number | null;
          traido?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'meta_ads_conjuntos_nombre_nora_cuenta_id_fkey';
            columns: ['nombre_nora', 'cuenta_id'];
            isOneToOne: false;
            referencedRelation: 'meta_ads_cuentas';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      meta_ads_cuentas: {
        Row: {
          access_token: string | null;
          activo: boolean;
          ad_account_id: string;
          cliente_id: string | null;
          con_agencia: boolean;
          created_at: string;
          demo: boolean;
          estado_conexion: string;
          id: string;
          moneda: string | null;
          nombre: string | null;
          nombre_nora: string;
          page_id: string | null;
          pagina: string | null;
          permisos: string[] | null;
          situacion: number | null;
          token_expira: string | null;
          ultima_sincronizacion: string | null;
          updated_at: string;
          zona_horaria: string | null;
        };
        Insert: {
          access_token?: string | null;
          activo?: boolean;
          ad_account_id: string;
          cliente_id?: string | null;
          con_agencia?: boolean;
          created_at?: string;
          demo?: boolean;
          estado_conexion?: string;
          id?: string;
          moneda?: string | null;
          nombre?: string | null;
          nombre_nora: string;
          page_id?: string | null;
          pagina?: string | null;
          permisos?: string[] | null;
          situacion?: number | null;
          token_expira?: string | null;
          ultima_sincronizacion?: string | null;
          updated_at?: string;
          zona_horaria?: string | null;
        };
        Update: {
          access_token?: string | null;
          activo?: boolean;
          ad_account_id?: string;
          cliente_id?: string | null;
          con_agencia?: boolean;
          created_at?: string;
          demo?: boolean;
          estado_conexion?: string;
          id?: string;
          moneda?: string | null;
          nombre?: string | null;
          nombre_nora?: string;
          page_id?: string | null;
          pagina?: string | null;
          permisos?: string[] | null;
          situacion?: number | null;
          token_expira?: string | null;
          ultima_sincronizacion?: string | null;
          updated_at?: string;
          zona_horaria?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'meta_ads_cuentas_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      meta_ads_dias: {
        Row: {
          cuenta_id: string;
          dia: string;
          gasto: number;
          gasto_primero: number;
          nombre_nora: string;
          traido: string;
        };
        Insert: {
          cuenta_id: string;
          dia: string;
          gasto: number;
          gasto_primero: number;
          nombre_nora: string;
          traido?: string;
        };
        Update: {
          cuenta_id?: string;
          dia?: string;
          gasto?: number;
          gasto_primero?: number;
          nombre_nora?: string;
          traido?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'meta_ads_dias_nombre_nora_cuenta_id_fkey';
            columns: ['nombre_nora', 'cuenta_id'];
            isOneToOne: false;
            referencedRelation: 'meta_ads_cuentas';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      meta_ads_entregas: {
        Row: {
          arriendo_hasta: string | null;
          canal: string;
          created_at: string;
          destino: string;
          enviado_en: string | null;
          estado: string;
          historial_id: string | null;
          id: string;
          idioma: string;
          intentos: number;
          leido_en: string | null;
          motivo: string | null;
          nombre: string;
          nombre_nora: string;
          prueba: boolean;
          receptor_id: string | null;
          reporte_id: string;
          vence: string;
          vuelta: number;
        };
        Insert: {
          arriendo_hasta?: string | null;
          canal: string;
          created_at?: string;
          destino: string;
          enviado_en?: string | null;
          estado?: string;
          historial_id?: string | null;
          id?: string;
          idioma: string;
          intentos?: number;
          leido_en?: string | null;
          motivo?: string | null;
          nombre: string;
          nombre_nora: string;
          prueba?: boolean;
          receptor_id?: string | null;
          reporte_id: string;
          vence?: string;
          vuelta?: number;
        };
        Update: {
          arriendo_hasta?: string | null;
          canal?: string;
          created_at?: string;
          destino?: string;
          enviado_en?: string | null;
          estado?: string;
          historial_id?: string | null;
          id?: string;
          idioma?: string;
          intentos?: number;
          leido_en?: string | null;
          motivo?: string | null;
          nombre?: string;
          nombre_nora?: string;
          prueba?: boolean;
          receptor_id?: string | null;
          reporte_id?: string;
          vence?: string;
          vuelta?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'meta_ads_entregas_nombre_nora_reporte_id_fkey';
            columns: ['nombre_nora', 'reporte_id'];
            isOneToOne: false;
            referencedRelation: 'meta_ads_reportes';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      meta_ads_insights: {
        Row: {
          anuncio_id: string;
          clics: number;
          conversaciones: number;
          cuenta_id: string;
          dia: string;
          gasto: number;
          impresiones: number;
          nombre_nora: string;
          plataforma: string;
          traido: string;
        };
        Insert: {
          anuncio_id: string;
          clics: number;
          conversaciones: number;
          cuenta_id: string;
          dia: string;
          gasto: number;
          impresiones: number;
          nombre_nora: string;
          plataforma: string;
          traido?: string;
        };
        Update: {
          anuncio_id?: string;
          clics?: number;
          conversaciones?: number;
          cuenta_id?: string;
          dia?: string;
          gasto?: number;
          impresiones?: number;
          nombre_nora?: string;
          plataforma?: string;
          traido?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'meta_ads_insights_nombre_nora_cuenta_id_fkey';
            columns: ['nombre_nora', 'cuenta_id'];
            isOneToOne: false;
            referencedRelation: 'meta_ads_cuentas';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      meta_ads_logs_cambios: {
        Row: {
          antes: Json | null;
          campo: string;
          cuando: string;
          cuenta_id: string;
          despues: Json | null;
          detalle: string | null;
          id: string;
          nivel: string;
          nombre_nora: string;
          objeto: string;
          objeto_id: string;
          origen: string;
          resultado: string;
          usuario_id: string | null;
        };
        Insert: {
          antes?: Json | null;
          campo: string;
          cuando?: string;
          cuenta_id: string;
          despues?: Json | null;
          detalle?: string | null;
          id?: string;
          nivel: string;
          nombre_nora: string;
          objeto: string;
          objeto_id: string;
          origen: string;
          resultado: string;
          usuario_id?: string | null;
        };
        Update: {
          antes?: Json | null;
          campo?: string;
          cuando?: string;
          cuenta_id?: string;
          despues?: Json | null;
          detalle?: string | null;
          id?: string;
          nivel?: string;
          nombre_nora?: string;
          objeto?: string;
          objeto_id?: string;
          origen?: string;
          resultado?: string;
          usuario_id?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'meta_ads_logs_cambios_nombre_nora_cuenta_id_fkey';
            columns: ['nombre_nora', 'cuenta_id'];
            isOneToOne: false;
            referencedRelation: 'meta_ads_cuentas';
            referencedColumns: ['nombre_nora', 'id'];
          },
          {
            foreignKeyName: 'meta_ads_logs_cambios_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      meta_ads_receptores: {
        Row: {
          activo: boolean;
          baja_en: string | null;
          baja_huella: string;
          cadencias: string[];
          canal: string;
          created_at: string;
          cuenta_id: string;
          destino: string;
          id: string;
          idioma: string;
          nombre: string;
          nombre_nora: string;
          plantilla_id: string | null;
          quien: string;
          updated_at: string;
        };
        Insert: {
          activo?: boolean;
          baja_en?: string | null;
          baja_huella: string;
          cadencias: string[];
          canal: string;
          created_at?: string;
          cuenta_id: string;
          destino: string;
          id?: string;
          idioma?: string;
          nombre: string;
          nombre_nora: string;
          plantilla_id?: string | null;
          quien: string;
          updated_at?: string;
        };
        Update: {
          activo?: boolean;
          baja_en?: string | null;
          baja_huella?: string;
          cadencias?: string[];
          canal?: string;
          created_at?: string;
          cuenta_id?: string;
          destino?: string;
          id?: string;
          idioma?: string;
          nombre?: string;
          nombre_nora?: string;
          plantilla_id?: string | null;
          quien?: string;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'meta_ads_receptores_nombre_nora_cuenta_id_fkey';
            columns: ['nombre_nora', 'cuenta_id'];
            isOneToOne: false;
            referencedRelation: 'meta_ads_cuentas';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      meta_ads_reportes: {
        Row: {
          aprobado_por: string | null;
          avisado: string | null;
          cadencia: string;
          cifras: Json;
          created_at: string;
          cuenta_id: string;
          desde: string;
          estado: string;
          hasta: string;
          id: string;
          liga_huella: string | null;
          liga_revocada: string | null;
          liga_vence: string | null;
          motivo: string | null;
          nombre_nora: string;
          serie: number;
          textos: Json;
          updated_at: string;
        };
        Insert: {
          aprobado_por?: string | null;
          avisado?: string | null;
          cadencia: string;
          cifras?: Json;
          created_at?: string;
          cuenta_id: string;
          desde: string;
          estado?: string;
          hasta: string;
          id?: string;
          liga_huella?: string | null;
          liga_revocada?: string | null;
          liga_vence?: string | null;
          motivo?: string | null;
          nombre_nora: string;
          serie?: number;
          textos?: Json;
          updated_at?: string;
        };
        Update: {
          aprobado_por?: string | null;
          avisado?: string | null;
          cadencia?: string;
          cifras?: Json;
          created_at?: string;
          cuenta_id?: string;
          desde?: string;
          estado?: string;
          hasta?: string;
          id?: string;
          liga_huella?: string | null;
          liga_revocada?: string | null;
          liga_vence?: string | null;
          motivo?: string | null;
          nombre_nora?: string;
          serie?: number;
          textos?: Json;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'meta_ads_reportes_aprobado_por_fkey';
            columns: ['aprobado_por'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'meta_ads_reportes_nombre_nora_cuenta_id_fkey';
            columns: ['nombre_nora', 'cuenta_id'];
            isOneToOne: false;
            referencedRelation: 'meta_ads_cuentas';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      meta_ads_resumen: {
        Row: {
          anuncio_id: string;
          bloque: number;
          clics: number;
          conversaciones: number;
          cuenta_id: string;
          gasto: number;
          impresiones: number;
          nivel: number;
          nombre_nora: string;
        };
        Insert: {
          anuncio_id: string;
          bloque: number;
          clics: number;
          conversaciones: number;
          cuenta_id: string;
          gasto: number;
          impresiones: number;
          nivel: number;
          nombre_nora: string;
        };
        Update: {
          anuncio_id?: string;
          bloque?: number;
          clics?: number;
          conversaciones?: number;
          cuenta_id?: string;
          gasto?: number;
          impresiones?: number;
          nivel?: number;
          nombre_nora?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'meta_ads_resumen_nombre_nora_cuenta_id_fkey';
            columns: ['nombre_nora', 'cuenta_id'];
            isOneToOne: false;
            referencedRelation: 'meta_ads_cuentas';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      meta_ads_resumen_dias: {
        Row: {
          clics: number;
          conversaciones: number;
          cuenta_id: string;
          dia: string;
          gasto: number;
          impresiones: number;
          nombre_nora: string;
          plataforma: string;
          renglones: number;
          traido: string;
        };
        Insert: {
          clics: number;
          conversaciones: number;
          cuenta_id: string;
          dia: string;
          gasto: number;
          impresiones: number;
          nombre_nora: string;
          plataforma: string;
          renglones: number;
          traido: string;
        };
        Update: {
          clics?: number;
          conversaciones?: number;
          cuenta_id?: string;
          dia?: string;
          gasto?: number;
          impresiones?: number;
          nombre_nora?: string;
          plataforma?: string;
          renglones?: number;
          traido?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'meta_ads_resumen_dias_nombre_nora_cuenta_id_fkey';
            columns: ['nombre_nora', 'cuenta_id'];
            isOneToOne: false;
            referencedRelation: 'meta_ads_cuentas';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      meta_ads_sincronizaciones: {
        Row: {
          arriendo_hasta: string;
          avance: number;
          ciclo: string;
          clase: string | null;
          cuenta_id: string;
          estado: string;
          etapa: string;
          fin: string | null;
          id: string;
          inicio: string;
          motivo: string | null;
          nombre_nora: string;
          pedida: string;
          reanudar_en: string | null;
          renglones: number;
        };
        Insert: {
          arriendo_hasta: string;
          avance?: number;
          ciclo: string;
          clase?: string | null;
          cuenta_id: string;
          estado?: string;
          etapa?: string;
          fin?: string | null;
          id?: string;
          inicio?: string;
          motivo?: string | null;
          nombre_nora: string;
          pedida: string;
          reanudar_en?: string | null;
          renglones?: number;
        };
        Update: {
          arriendo_hasta?: string;
          avance?: number;
          ciclo?: string;
          clase?: string | null;
          cuenta_id?: string;
          estado?: string;
          etapa?: string;
          fin?: string | null;
          id?: string;
          inicio?: string;
          motivo?: string | null;
          nombre_nora?: string;
          pedida?: string;
          reanudar_en?: string | null;
          renglones?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'meta_ads_sincronizaciones_nombre_nora_cuenta_id_fkey';
            columns: ['nombre_nora', 'cuenta_id'];
            isOneToOne: false;
            referencedRelation: 'meta_ads_cuentas';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      modulos_disponibles: {
        Row: {
          activo: boolean;
          id: string;
          modulo: string;
          nombre_nora: string;
        };
        Insert: {
          activo?: boolean;
          id?: string;
          modulo: string;
          nombre_nora: string;
        };
        Update: {
          activo?: boolean;
          id?: string;
          modulo?: string;
          nombre_nora?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'modulos_disponibles_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      notas_contacto: {
        Row: {
          busqueda: string | null;
          contacto_id: string;
          created_at: string;
          id: string;
          nombre_nora: string;
          texto: string;
          updated_at: string;
          usuario_id: string | null;
        };
        Insert: {
          contacto_id: string;
          created_at?: string;
          id?: string;
          nombre_nora: string;
          texto: string;
          updated_at?: string;
          usuario_id?: string | null;
        };
        Update: {
          contacto_id?: string;
          created_at?: string;
          id?: string;
          nombre_nora?: string;
          texto?: string;
          updated_at?: string;
          usuario_id?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'notas_contacto_nombre_nora_contacto_id_fkey';
            columns: ['nombre_nora', 'contacto_id'];
            isOneToOne: false;
            referencedRelation: 'contactos';
            referencedColumns: ['nombre_nora', 'id'];
          },
          {
            foreignKeyName: 'notas_contacto_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      paquetes: {
        Row: {
          created_at: string;
          id: string;
          modulos: string[];
          nombre: string;
          updated_at: string;
        };
        Insert: {
          created_at?: string;
          id?: string;
          modulos?: string[];
          nombre: string;
          updated_at?: string;
        };
        Update: {
          created_at?: string;
          id?: string;
          modulos?: string[];
          nombre?: string;
          updated_at?: string;
        };
        Relationships: [];
      };
      plantillas_sincronizacion: {
        Row: {
          cuando: string;
          error: string | null;
          nombre_nora: string;
        };
        Insert: {
          cuando?: string;
          error?: string | null;
          nombre_nora: string;
        };
        Update: {
          cuando?: string;
          error?: string | null;
          nombre_nora?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'plantillas_sincronizacion_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: true;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      plantillas_whatsapp: {
        Row: {
          categoria: string | null;
          contenido: Json;
          content_sid: string;
          created_at: string;
          cuerpo: string;
          ejemplos: Json;
          estado: string;
          id: string;
          idioma: string;
          motivo_rechazo: string | null;
          nombre: string;
          nombre_nora: string;
          nombre_whatsapp: string | null;
          tipo: string;
          updated_at: string;
          usable: boolean;
          variables: string[];
        };
        Insert: {
          categoria?: string | null;
          contenido?: Json;
          content_sid: string;
          created_at?: string;
          cuerpo: string;
          ejemplos?: Json;
          estado: string;
          id?: string;
          idioma?: string;
          motivo_rechazo?: string | null;
          nombre: string;
          nombre_nora: string;
          nombre_whatsapp?: string | null;
          tipo: string;
          updated_at?: string;
          usable?: boolean;
          variables?: string[];
        };
        Update: {
          categoria?: string | null;
          contenido?: Json;
          content_sid?: string;
          created_at?: string;
          cuerpo?: string;
          ejemplos?: Json;
          estado?: string;
          id?: string;
          idioma?: string;
          motivo_rechazo?: string | null;
          nombre?: string;
          nombre_nora?: string;
          nombre_whatsapp?: string | null;
          tipo?: string;
          updated_at?: string;
          usable?: boolean;
          variables?: string[];
        };
        Relationships: [
          {
            foreignKeyName: 'plantillas_whatsapp_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      preguntas_atendidas: {
        Row: {
          atendida: string;
          bloque_id: string | null;
          clave: string;
          nombre_nora: string;
          usuario_id: string | null;
        };
        Insert: {
          atendida?: string;
          bloque_id?: string | null;
          clave: string;
          nombre_nora: string;
          usuario_id?: string | null;
        };
        Update: {
          atendida?: string;
          bloque_id?: string | null;
          clave?: string;
          nombre_nora?: string;
          usuario_id?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'preguntas_atendidas_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
          {
            foreignKeyName: 'preguntas_atendidas_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      pruebas_ia: {
        Row: {
          activa: boolean;
          citas: string[];
          contiene: string[];
          created_at: string;
          espera: string;
          id: string;
          no_contiene: string[];
          nombre_nora: string;
          pregunta: string;
          updated_at: string;
        };
        Insert: {
          activa?: boolean;
          citas?: string[];
          contiene?: string[];
          created_at?: string;
          espera: string;
          id?: string;
          no_contiene?: string[];
          nombre_nora: string;
          pregunta: string;
          updated_at?: string;
        };
        Update: {
          activa?: boolean;
          citas?: string[];
          contiene?: string[];
          created_at?: string;
          espera?: string;
          id?: string;
          no_contiene?: string[];
          nombre_nora?: string;
          pregunta?: string;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'pruebas_ia_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      rafagas: {
        Row: {
          contacto_id: string;
          creado: string;
          epoca: number;
          id: string;
          motivo: string | null;
          nombre_nora: string;
          resultado: string;
        };
        Insert: {
          contacto_id: string;
          creado?: string;
          epoca: number;
          id?: string;
          motivo?: string | null;
          nombre_nora: string;
          resultado: string;
        };
        Update: {
          contacto_id?: string;
          creado?: string;
          epoca?: number;
          id?: string;
          motivo?: string | null;
          nombre_nora?: string;
          resultado?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'rafagas_nombre_nora_contacto_id_fkey';
            columns: ['nombre_nora', 'contacto_id'];
            isOneToOne: false;
            referencedRelation: 'contactos';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      reglas_etiquetas: {
        Row: {
          activo: boolean;
          created_at: string;
          etiqueta_id: string;
          frases: string[];
          id: string;
          nombre_nora: string;
          ultimo_uso: string | null;
          updated_at: string;
          usos: number;
        };
        Insert: {
          activo?: boolean;
          created_at?: string;
          etiqueta_id: string;
          frases: string[];
          id?: string;
          nombre_nora: string;
          ultimo_uso?: string | null;
          updated_at?: string;
          usos?: number;
        };
        Update: {
          activo?: boolean;
          created_at?: string;
          etiqueta_id?: string;
          frases?: string[];
          id?: string;
          nombre_nora?: string;
          ultimo_uso?: string | null;
          updated_at?: string;
          usos?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'reglas_etiquetas_nombre_nora_etiqueta_id_fkey';
            columns: ['nombre_nora', 'etiqueta_id'];
            isOneToOne: false;
            referencedRelation: 'etiquetas';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      respuestas_automaticas: {
        Row: {
          activo: boolean;
          adjunto_id: string | null;
          coincidencia: string;
          created_at: string;
          disparador: string;
          horario: string;
          id: string;
          nombre_nora: string;
          prioridad: number;
          respuesta: string;
          ultimo_uso: string | null;
          updated_at: string;
          usos: number;
        };
        Insert: {
          activo?: boolean;
          adjunto_id?: string | null;
          coincidencia: string;
          created_at?: string;
          disparador: string;
          horario?: string;
          id?: string;
          nombre_nora: string;
          prioridad?: number;
          respuesta: string;
          ultimo_uso?: string | null;
          updated_at?: string;
          usos?: number;
        };
        Update: {
          activo?: boolean;
          adjunto_id?: string | null;
          coincidencia?: string;
          created_at?: string;
          disparador?: string;
          horario?: string;
          id?: string;
          nombre_nora?: string;
          prioridad?: number;
          respuesta?: string;
          ultimo_uso?: string | null;
          updated_at?: string;
          usos?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'respuestas_automaticas_nombre_nora_adjunto_id_fkey';
            columns: ['nombre_nora', 'adjunto_id'];
            isOneToOne: false;
            referencedRelation: 'adjuntos';
            referencedColumns: ['nombre_nora', 'id'];
          },
          {
            foreignKeyName: 'respuestas_automaticas_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      respuestas_ia: {
        Row: {
          citados: string[];
          contacto_id: string;
          creado: string;
          detalle: string | null;
          fragmentos: string[];
          fuentes: Json;
          historial_id: string | null;
          id: string;
          latencia_ms: number;
          modelo: string | null;
          modo: string;
          motivo: string;
          nombre_nora: string;
          pregunta: string | null;
          tokens_entrada: number;
          tokens_salida: number;
        };
        Insert: {
          citados?: string[];
          contacto_id: string;
          creado?: string;
          detalle?: string | null;
          fragmentos?: string[];
          fuentes?: Json;
          historial_id?: string | null;
          id?: string;
          latencia_ms?: number;
          modelo?: string | null;
          modo: string;
          motivo: string;
          nombre_nora: string;
          pregunta?: string | null;
          tokens_entrada?: number;
          tokens_salida?: number;
        };
        Update: {
          citados?: string[];
          contacto_id?: string;
          creado?: string;
          detalle?: string | null;
          fragmentos?: string[];
          fuentes?: Json;
          historial_id?: string | null;
          id?: string;
          latencia_ms?: number;
          modelo?: string | null;
          modo?: string;
          motivo?: string;
          nombre_nora?: string;
          pregunta?: string | null;
          tokens_entrada?: number;
          tokens_salida?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'respuestas_ia_nombre_nora_contacto_id_fkey';
            columns: ['nombre_nora', 'contacto_id'];
            isOneToOne: false;
            referencedRelation: 'contactos';
            referencedColumns: ['nombre_nora', 'id'];
          },
          {
            foreignKeyName: 'respuestas_ia_nombre_nora_historial_id_fkey';
            columns: ['nombre_nora', 'historial_id'];
            isOneToOne: false;
            referencedRelation: 'historial_conversaciones';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      respuestas_rapidas: {
        Row: {
          atajo: string;
          created_at: string;
          id: string;
          nombre_nora: string;
          texto: string;
          updated_at: string;
        };
        Insert: {
          atajo: string;
          created_at?: string;
          id?: string;
          nombre_nora: string;
          texto: string;
          updated_at?: string;
        };
        Update: {
          atajo?: string;
          created_at?: string;
          id?: string;
          nombre_nora?: string;
          texto?: string;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'respuestas_rapidas_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      resultados_ia: {
        Row: {
          antes: boolean | null;
          corrida_id: string;
          fallas: Json;
          fuentes: Json;
          id: string;
          latencia_ms: number;
          modelo: string | null;
          modo: string | null;
          motivo: string | null;
          nombre_nora: string;
          orden: number;
          paso: boolean | null;
          prueba: Json;
          prueba_id: string;
          respuesta: string | null;
          resultado: string | null;
          tokens: number;
        };
        Insert: {
          antes?: boolean | null;
          corrida_id: string;
          fallas?: Json;
          fuentes?: Json;
          id?: string;
          latencia_ms?: number;
          modelo?: string | null;
          modo?: string | null;
          motivo?: string | null;
          nombre_nora: string;
          orden: number;
          paso?: boolean | null;
          prueba: Json;
          prueba_id: string;
          respuesta?: string | null;
          resultado?: string | null;
          tokens?: number;
        };
        Update: {
          antes?: boolean | null;
          corrida_id?: string;
          fallas?: Json;
          fuentes?: Json;
          id?: string;
          latencia_ms?: number;
          modelo?: string | null;
          modo?: string | null;
          motivo?: string | null;
          nombre_nora?: string;
          orden?: number;
          paso?: boolean | null;
          prueba?: Json;
          prueba_id?: string;
          respuesta?: string | null;
          resultado?: string | null;
          tokens?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'resultados_ia_nombre_nora_corrida_id_fkey';
            columns: ['nombre_nora', 'corrida_id'];
            isOneToOne: false;
            referencedRelation: 'corridas_ia';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      resumen_dia: {
        Row: {
          automaticas: number;
          dia: string;
          envios: number;
          fallidos: number;
          humanos: number;
          ia: number;
          nombre_nora: string;
          recibidos: number;
        };
        Insert: {
          automaticas: number;
          dia: string;
          envios?: number;
          fallidos: number;
          humanos: number;
          ia: number;
          nombre_nora: string;
          recibidos: number;
        };
        Update: {
          automaticas?: number;
          dia?: string;
          envios?: number;
          fallidos?: number;
          humanos?: number;
          ia?: number;
          nombre_nora?: string;
          recibidos?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'resumen_dia_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      resumen_hora: {
        Row: {
          automaticas: number;
          envios: number;
          hora: string;
          humanos: number;
          ia: number;
          nombre_nora: string;
          recibidos: number;
        };
        Insert: {
          automaticas: number;
          envios: number;
          hora: string;
          humanos: number;
          ia: number;
          nombre_nora: string;
          recibidos: number;
        };
        Update: {
          automaticas?: number;
          envios?: number;
          hora?: string;
          humanos?: number;
          ia?: number;
          nombre_nora?: string;
          recibidos?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'resumen_hora_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      resumen_hora_hasta: {
        Row: {
          hasta: string;
          nombre_nora: string;
        };
        Insert: {
          hasta: string;
          nombre_nora: string;
        };
        Update: {
          hasta?: string;
          nombre_nora?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'resumen_hora_hasta_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: true;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      resumenes_contacto: {
        Row: {
          contacto_id: string;
          creado: string;
          id: string;
          intereses: string[];
          mensajes: number;
          modelo: string | null;
          modo: string;
          nombre_nora: string;
          pasos: string[];
          resumen: string;
          tokens_entrada: number;
          tokens_salida: number;
          usuario_id: string | null;
        };
        Insert: {
          contacto_id: string;
          creado?: string;
          id?: string;
          intereses?: string[];
          mensajes?: number;
          modelo?: string | null;
          modo: string;
          nombre_nora: string;
          pasos?: string[];
          resumen: string;
          tokens_entrada?: number;
          tokens_salida?: number;
          usuario_id?: string | null;
        };
        Update: {
          contacto_id?: string;
          creado?: string;
          id?: string;
          intereses?: string[];
          mensajes?: number;
          modelo?: string | null;
          modo?: string;
          nombre_nora?: string;
          pasos?: string[];
          resumen?: string;
          tokens_entrada?: number;
          tokens_salida?: number;
          usuario_id?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'resumenes_contacto_nombre_nora_contacto_id_fkey';
            columns: ['nombre_nora', 'contacto_id'];
            isOneToOne: false;
            referencedRelation: 'contactos';
            referencedColumns: ['nombre_nora', 'id'];
          },
          {
            foreignKeyName: 'resumenes_contacto_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      rutas_arranques: {
        Row: {
          cambios: Json;
          cuando: string;
          id: string;
        };
        Insert: {
          cambios: Json;
          cuando?: string;
          id?: string;
        };
        Update: {
          cambios?: Json;
          cuando?: string;
          id?: string;
        };
        Relationships: [];
      };
      rutas_plantilla: {
        Row: {
          blueprint: string;
          id: string;
          metodo: string;
          modulo: string | null;
          por_nora: boolean;
          registrado_en: string;
          ruta: string;
        };
        Insert: {
          blueprint: string;
          id?: string;
          metodo: string;
          modulo?: string | null;
          por_nora: boolean;
          registrado_en?: string;
          ruta: string;
        };
        Update: {
          blueprint?: string;
          id?: string;
          metodo?: string;
          modulo?: string | null;
          por_nora?: boolean;
          registrado_en?: string;
          ruta?: string;
        };
        Relationships: [];
      };
      segmentos: {
        Row: {
          creado_por: string | null;
          created_at: string;
          filtro: Json;
          id: string;
          nombre: string;
          nombre_nora: string;
          updated_at: string;
        };
        Insert: {
          creado_por?: string | null;
          created_at?: string;
          filtro: Json;
          id?: string;
          nombre: string;
          nombre_nora: string;
          updated_at?: string;
        };
        Update: {
          creado_por?: string | null;
          created_at?: string;
          filtro?: Json;
          id?: string;
          nombre?: string;
          nombre_nora?: string;
          updated_at?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'segmentos_creado_por_fkey';
            columns: ['creado_por'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'segmentos_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      sids_borrados: {
        Row: {
          borrado: string;
          nombre_nora: string;
          sid: string;
        };
        Insert: {
          borrado?: string;
          nombre_nora: string;
          sid: string;
        };
        Update: {
          borrado?: string;
          nombre_nora?: string;
          sid?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'sids_borrados_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      simulador_mensajes: {
        Row: {
          a: string;
          creado: string;
          cuerpo: string;
          de: string;
          direccion: string;
          estado: string;
          id: string;
          medios: Json;
          nombre_nora: string | null;
          sid: string;
          url_estado: string | null;
        };
        Insert: {
          a: string;
          creado?: string;
          cuerpo?: string;
          de: string;
          direccion: string;
          estado: string;
          id?: string;
          medios?: Json;
          nombre_nora?: string | null;
          sid: string;
          url_estado?: string | null;
        };
        Update: {
          a?: string;
          creado?: string;
          cuerpo?: string;
          de?: string;
          direccion?: string;
          estado?: string;
          id?: string;
          medios?: Json;
          nombre_nora?: string | null;
          sid?: string;
          url_estado?: string | null;
        };
        Relationships: [];
      };
      tareas_programadas: {
        Row: {
          nombre: string;
          ultimo: string;
        };
        Insert: {
          nombre: string;
          ultimo?: string;
        };
        Update: {
          nombre?: string;
          ultimo?: string;
        };
        Relationships: [];
      };
      telefonos_contacto: {
        Row: {
          clave: string;
          contacto_id: string;
          nombre_nora: string;
          telefono: string | null;
        };
        Insert: {
          clave: string;
          contacto_id: string;
          nombre_nora: string;
          telefono?: string | null;
        };
        Update: {
          clave?: string;
          contacto_id?: string;
          nombre_nora?: string;
          telefono?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'telefonos_contacto_nombre_nora_contacto_id_fkey';
            columns: ['nombre_nora', 'contacto_id'];
            isOneToOne: false;
            referencedRelation: 'contactos';
            referencedColumns: ['nombre_nora', 'id'];
          },
        ];
      };
      uniones_contactos: {
        Row: {
          creada: string;
          deshecha: string | null;
          deshecha_por: string | null;
          destino_id: string;
          foto: Json;
          id: string;
          nombre_nora: string;
          origen_id: string;
          origen_nombre: string | null;
          usuario_id: string | null;
        };
        Insert: {
          creada?: string;
          deshecha?: string | null;
          deshecha_por?: string | null;
          destino_id: string;
          foto: Json;
          id?: string;
          nombre_nora: string;
          origen_id: string;
          origen_nombre?: string | null;
          usuario_id?: string | null;
        };
        Update: {
          creada?: string;
          deshecha?: string | null;
          deshecha_por?: string | null;
          destino_id?: string;
          foto?: Json;
          id?: string;
          nombre_nora?: string;
          origen_id?: string;
          origen_nombre?: string | null;
          usuario_id?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'uniones_contactos_deshecha_por_fkey';
            columns: ['deshecha_por'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'uniones_contactos_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
          {
            foreignKeyName: 'uniones_contactos_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      usos_conocimiento: {
        Row: {
          bloque_id: string;
          citados: number;
          dados: number;
          nombre_nora: string;
          ultima_cita: string | null;
          ultimo_dado: string | null;
        };
        Insert: {
          bloque_id: string;
          citados?: number;
          dados?: number;
          nombre_nora: string;
          ultima_cita?: string | null;
          ultimo_dado?: string | null;
        };
        Update: {
          bloque_id?: string;
          citados?: number;
          dados?: number;
          nombre_nora?: string;
          ultima_cita?: string | null;
          ultimo_dado?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'usos_conocimiento_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      usos_conocimiento_corte: {
        Row: {
          hasta: string;
          nombre_nora: string;
        };
        Insert: {
          hasta?: string;
          nombre_nora: string;
        };
        Update: {
          hasta?: string;
          nombre_nora?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'usos_conocimiento_corte_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: true;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
        ];
      };
      usuarios: {
        Row: {
          activo: boolean;
          avisos: Json;
          clave_hash: string;
          correo: string;
          created_at: string;
          id: string;
          nombre: string;
          rol: string;
          totp_activo: boolean;
          totp_codigos: string[];
          totp_paso: number;
          totp_secreto: string | null;
          ultimo_acceso: string | null;
          updated_at: string;
        };
        Insert: {
          activo?: boolean;
          avisos?: Json;
          clave_hash: string;
          correo: string;
          created_at?: string;
          id?: string;
          nombre: string;
          rol: string;
          totp_activo?: boolean;
          totp_codigos?: string[];
          totp_paso?: number;
          totp_secreto?: string | null;
          ultimo_acceso?: string | null;
          updated_at?: string;
        };
        Update: {
          activo?: boolean;
          avisos?: Json;
          clave_hash?: string;
          correo?: string;
          created_at?: string;
          id?: string;
          nombre?: string;
          rol?: string;
          totp_activo?: boolean;
          totp_codigos?: string[];
          totp_paso?: number;
          totp_secreto?: string | null;
          ultimo_acceso?: string | null;
          updated_at?: string;
        };
        Relationships: [];
      };
      usuarios_noras: {
        Row: {
          created_at: string;
          id: string;
          nombre_nora: string;
          rol: string;
          usuario_id: string;
        };
        Insert: {
          created_at?: string;
          id?: string;
          nombre_nora: string;
          rol?: string;
          usuario_id: string;
        };
        Update: {
          created_at?: string;
          id?: string;
          nombre_nora?: string;
          rol?: string;
          usuario_id?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'usuarios_noras_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
          {
            foreignKeyName: 'usuarios_noras_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
      versiones_conocimiento: {
        Row: {
          accion: string;
          activo: boolean;
          bloque_id: string;
          contenido: string;
          creado: string;
          etiquetas: string[];
          id: string;
          nombre_nora: string;
          prioridad: number;
          titulo: string;
          usuario_id: string | null;
          version: number;
        };
        Insert: {
          accion: string;
          activo: boolean;
          bloque_id: string;
          contenido: string;
          creado?: string;
          etiquetas: string[];
          id?: string;
          nombre_nora: string;
          prioridad: number;
          titulo: string;
          usuario_id?: string | null;
          version: number;
        };
        Update: {
          accion?: string;
          activo?: boolean;
          bloque_id?: string;
          contenido?: string;
          creado?: string;
          etiquetas?: string[];
          id?: string;
          nombre_nora?: string;
          prioridad?: number;
          titulo?: string;
          usuario_id?: string | null;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'versiones_conocimiento_nombre_nora_fkey';
            columns: ['nombre_nora'];
            isOneToOne: false;
            referencedRelation: 'configuracion_bot';
            referencedColumns: ['nombre_nora'];
          },
          {
            foreignKeyName: 'versiones_conocimiento_usuario_id_fkey';
            columns: ['usuario_id'];
            isOneToOne: false;
            referencedRelation: 'usuarios';
            referencedColumns: ['id'];
          },
        ];
      };
    };
    Views: {
      rutas_registradas: {
        Row: {
          blueprint: string | null;
          id: string | null;
          metodo: string | null;
          nombre_nora: string | null;
          registrado_en: string | null;
          ruta: string | null;
        };
        Relationships: [];
      };
    };
    Functions: {
      abrir_bloque: {
        Args: {
          p_id: string | null;
        };
        Returns: Json;
      };
      abrir_chat: {
        Args: {
          p_contacto: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      abrir_contacto: {
        Args: {
          p_contacto: string | null;
        };
        Returns: Json;
      };
      abrir_corrida: {
        Args: {
          p_id: string | null;
        };
        Returns: Json;
      };
      abrir_enlace: {
        Args: {
          p_huella: string | null;
        };
        Returns: Json;
      };
      abrir_importacion: {
        Args: {
          p_id: string | null;
          p_desde?: number | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      abrir_programado: {
        Args: {
          p_id: string | null;
        };
        Returns: Json;
      };
      abrir_regla: {
        Args: {
          p_id: string | null;
        };
        Returns: Json;
      };
      aceptar_invitacion: {
        Args: {
          p_huella: string | null;
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      activar_regla_etiqueta: {
        Args: {
          p_id: string | null;
          p_activo: boolean | null;
          p_usuario: string | null;
        };
        Returns: boolean;
      };
      actualizar_nora: {
        Args: {
          p_nora: string | null;
          p: Json | object;
          p_quien?: string | null;
        };
        Returns: Json;
      };
      actualizar_usuario: {
        Args: {
          p_usuario: string | null;
          p: Json | object;
          p_quien: string | null;
        };
        Returns: Json;
      };
      adjunto_fallido: {
        Args: {
          p_id: string | null;
          p_error: string | null;
          p_reintentar_ms: number | null;
        };
        Returns: boolean;
      };
      adjunto_listo: {
        Args: {
          p_id: string | null;
          p: Json | object;
        };
        Returns: boolean;
      };
      admin_ads: {
        Args: {
          p: Json | object;
        };
        Returns: Json;
      };
      admin_ads_atencion: { Args: Record<PropertyKey, never>; Returns: Json };
      admin_ads_cuenta: {
        Args: {
          p_id: string | null;
        };
        Returns: Json;
      };
      admin_cifras: {
        Args: {
          p_precios?: Json | object;
          p_periodo?: string | null;
          p_orden?: string | null;
          p_valor?: number | null;
          p_nora?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      admin_esperando: {
        Args: {
          p_nora?: string | null;
          p_desde?: string | null;
          p_id?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      admin_fallidos: {
        Args: {
          p_nora?: string | null;
          p_periodo?: string | null;
          p_desde?: string | null;
          p_id?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      admin_nora: {
        Args: {
          p_nora: string | null;
          p_precios?: Json | object;
        };
        Returns: Json;
      };
      admin_noras: {
        Args: {
          p_q?: string | null;
          p_estado?: string | null;
          p_desde?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      admin_tablero: {
        Args: {
          p_precios?: Json | object;
          p_n?: number | null;
        };
        Returns: Json;
      };
      ads_abrir_liga: {
        Args: {
          p_huella: string | null;
          p_entrega: string | null;
        };
        Returns: Json;
      };
      ads_anotar_entrega: {
        Args: {
          p_id: string | null;
          p_estado: string | null;
          p_motivo: string | null;
          p_espera_s?: number | null;
        };
        Returns: undefined;
      };
      ads_apilar: {
        Args: {
          p_folio: string | null;
          p_renglones: Json | object;
          p_nueva: boolean | null;
        };
        Returns: undefined;
      };
      ads_apuntar_cambio: {
        Args: {
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: undefined;
      };
      ads_avanzar: {
        Args: {
          p_folio: string | null;
          p_etapa: string | null;
          p_avance: number | null;
          p_segundos: number | null;
        };
        Returns: undefined;
      };
      ads_baja: {
        Args: {
          p_huella: string | null;
          p_hacer: boolean | null;
        };
        Returns: Json;
      };
      ads_borrar_receptor: {
        Args: {
          p_id: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      ads_cambios: {
        Args: {
          p: Json | object;
        };
        Returns: Json;
      };
      ads_cerrar_estructura: {
        Args: {
          p_folio: string | null;
          p_nivel: string | null;
        };
        Returns: number;
      };
      ads_conectar: {
        Args: {
          p_id: string | null;
          p_cuentas: string[] | null;
          p_pagina: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      ads_credencial: {
        Args: {
          p_nora: string | null;
          p_cuenta: string | null;
        };
        Returns: Json;
      };
      ads_cuentas: { Args: Record<PropertyKey, never>; Returns: Json };
      ads_cuentas_estado: { Args: Record<PropertyKey, never>; Returns: Json };
      ads_cuentas_por_reportar: {
        Args: {
          p_despues: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      ads_cuentas_por_sincronizar: {
        Args: {
          p_despues: string | null;
          p_n: number | null;
          p_horas: number | null;
          p_cuenta?: string | null;
        };
        Returns: Json;
      };
      ads_desconectar: {
        Args: {
          p_cuenta: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      ads_dias_por_traer: {
        Args: {
          p_folio: string | null;
          p_recientes: string | null;
          p_desde: string | null;
          p_hasta: string | null;
        };
        Returns: Json;
      };
      ads_entregar_whatsapp: {
        Args: {
          p: Json | object;
        };
        Returns: Json;
      };
      ads_estadisticas: {
        Args: {
          p_cuenta: string | null;
        };
        Returns: number;
      };
      ads_guardar_ajustes: {
        Args: {
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      ads_guardar_alcances: {
        Args: {
          p_folio: string | null;
          p_ventanas: Json | object;
        };
        Returns: undefined;
      };
      ads_guardar_conexion: {
        Args: {
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: string;
      };
      ads_guardar_cuenta: {
        Args: {
          p_folio: string | null;
          p: Json | object;
        };
        Returns: undefined;
      };
      ads_guardar_dias: {
        Args: {
          p_folio: string | null;
          p_desde: string | null;
          p_hasta: string | null;
          p_renglones: Json | object;
          p_dias: Json | object;
          p_apilados?: boolean | null;
        };
        Returns: number;
      };
      ads_guardar_estructura: {
        Args: {
          p_folio: string | null;
          p_nivel: string | null;
          p_filas: Json | object;
          p_leido: string | null;
        };
        Returns: undefined;
      };
      ads_guardar_limites: {
        Args: {
          p_nora: string | null;
          p_cuenta: string | null;
          p_diario: number | null;
          p_total: number | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      ads_guardar_receptor: {
        Args: {
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      ads_guardar_token: {
        Args: {
          p_nora: string | null;
          p_cuenta: string | null;
          p: Json | object;
        };
        Returns: Json;
      };
      ads_leer_conexion: {
        Args: {
          p_id: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      ads_mover_reporte: {
        Args: {
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      ads_objeto: {
        Args: {
          p: Json | object;
        };
        Returns: Json;
      };
      ads_panel: {
        Args: {
          p: Json | object;
        };
        Returns: Json;
      };
      ads_preparar_reporte: {
        Args: {
          p: Json | object;
        };
        Returns: Json;
      };
      ads_publicar_reporte: {
        Args: {
          p: Json | object;
        };
        Returns: boolean;
      };
      ads_receptores: { Args: Record<PropertyKey, never>; Returns: Json };
      ads_reclamar_entrega: { Args: Record<PropertyKey, never>; Returns: Json };
      ads_renglones: {
        Args: {
          p: Json | object;
        };
        Returns: Json;
      };
      ads_reporte: {
        Args: {
          p_id: string | null;
        };
        Returns: Json;
      };
      ads_reportes: {
        Args: {
          p: Json | object;
        };
        Returns: Json;
      };
      ads_terminar_vuelta: {
        Args: {
          p_folio: string | null;
          p: Json | object;
        };
        Returns: undefined;
      };
      ads_tokens: {
        Args: {
          p_despues: string | null;
          p_n: number | null;
        };
        Returns: Json;
      };
      ads_tomar_cuenta: {
        Args: {
          p_nora: string | null;
          p_cuenta: string | null;
          p_pedida: string | null;
          p_segundos: number | null;
        };
        Returns: Json;
      };
      alternar_ia: {
        Args: {
          p_contacto: string | null;
          p_activa: boolean | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      anotar_hilo: {
        Args: {
          p_contacto: string | null;
          p_texto: string | null;
          p_clave: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      apartar_aviso: {
        Args: {
          p_incidente: string | null;
          p_usuario: string | null;
          p_momento: string | null;
        };
        Returns: Json;
      };
      aplicar_paquete: {
        Args: {
          p_id: string | null;
          p_noras: Json | object;
          p_quien: string | null;
        };
        Returns: Json;
      };
      archivos_clonables: {
        Args: {
          p_nora: string | null;
        };
        Returns: Json;
      };
      archivos_de: {
        Args: {
          p_nora: string | null;
          p_despues?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      asignar_contacto: {
        Args: {
          p_contacto: string | null;
          p_a: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      auditar: {
        Args: {
          p_quien: string | null;
          p_accion: string | null;
          p_entidad: string | null;
          p_nora?: string | null;
          p_antes?: Json | object;
          p_despues?: Json | object;
        };
        Returns: string;
      };
      auditar_respuestas: {
        Args: {
          p: Json | object;
        };
        Returns: Json;
      };
      avanzar_cambio_etiqueta: {
        Args: {
          p_cambio: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      avanzar_lote_contactos: {
        Args: {
          p_lote: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      avisos_pendientes: {
        Args: {
          p_n?: number | null;
        };
        Returns: Json;
      };
      base_conocimiento: {
        Args: {
          p_nora: string | null;
          p_consulta: string | null;
          p_tokens: number | null;
        };
        Returns: Json;
      };
      bloquear_contacto: {
        Args: {
          p_contacto: string | null;
          p_bloqueado: boolean | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      borrar_campo: {
        Args: {
          p_id: string | null;
          p_usuario: string | null;
        };
        Returns: boolean;
      };
      borrar_enlaces_viejos: { Args: Record<PropertyKey, never>; Returns: number };
      borrar_errores_viejos: {
        Args: {
          p_dias?: number | null;
        };
        Returns: number;
      };
      borrar_etiqueta: {
        Args: {
          p_id: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      borrar_importacion: {
        Args: {
          p_id: string | null;
        };
        Returns: boolean;
      };
      borrar_nota: {
        Args: {
          p_contacto: string | null;
          p_nota: string | null;
          p_usuario: string | null;
          p_manda: boolean | null;
        };
        Returns: boolean;
      };
      borrar_paquete: {
        Args: {
          p_id: string | null;
          p_quien: string | null;
        };
        Returns: boolean;
      };
      borrar_persona: {
        Args: {
          p_contacto: string | null;
          p_confirma: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      borrar_prueba: {
        Args: {
          p_id: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      borrar_rapida: {
        Args: {
          p_id: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      borrar_regla_etiqueta: {
        Args: {
          p_id: string | null;
          p_usuario: string | null;
        };
        Returns: boolean;
      };
      borrar_segmento: {
        Args: {
          p_id: string | null;
          p_usuario: string | null;
        };
        Returns: boolean;
      };
      borrar_trozo: {
        Args: {
          p_nora: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      buscar_conocimiento: {
        Args: {
          p_nora: string | null;
          p_consulta: string | null;
          p_n?: number | null;
        };
        Returns: {
          id: string;
          titulo: string;
          contenido: string;
          rango: number;
        }[];
      };
      buscar_rapidas: {
        Args: {
          p_q: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      cambiar_bloques: {
        Args: {
          p_ids: Json | object;
          p_accion: string | null;
          p_etiqueta: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      cambiar_equipo: {
        Args: {
          p_nora: string | null;
          p_usuario: string | null;
          p_rol: string | null;
          p_quien: string | null;
        };
        Returns: string;
      };
      cambiar_equipo_actual: {
        Args: {
          p_usuario: string | null;
          p_rol: string | null;
          p_quien: string | null;
        };
        Returns: string;
      };
      cambiar_modulo: {
        Args: {
          p_nora: string | null;
          p_modulo: string | null;
          p_activo: boolean | null;
          p_quien?: string | null;
        };
        Returns: Json;
      };
      cambiar_regla: {
        Args: {
          p_id: string | null;
          p_accion: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      cambiar_totp: {
        Args: {
          p_usuario: string | null;
          p: Json | object;
          p_quien: string | null;
        };
        Returns: boolean;
      };
      cancelar_invitacion: {
        Args: {
          p_id: string | null;
          p_quien: string | null;
        };
        Returns: boolean;
      };
      cancelar_invitacion_actual: {
        Args: {
          p_id: string | null;
          p_quien: string | null;
        };
        Returns: boolean;
      };
      cancelar_programado: {
        Args: {
          p_id: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      cargar_nora: {
        Args: {
          p_nora: string | null;
        };
        Returns: Json;
      };
      cargar_registro: {
        Args: {
          p_desde?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      cargar_usuario: {
        Args: {
          p_usuario: string | null;
        };
        Returns: Json;
      };
      catalogo_contactos: { Args: Record<PropertyKey, never>; Returns: Json };
      cerrar_corrida: {
        Args: {
          p_id: string | null;
          p: Json | object;
        };
        Returns: Json;
      };
      cerrar_dias: {
        Args: {
          p_desde?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      cerrar_importacion_contactos: {
        Args: {
          p_id: string | null;
          p_estado: string | null;
          p_error?: string | null;
        };
        Returns: boolean;
      };
      cerrar_rafaga: {
        Args: {
          p: Json | object;
        };
        Returns: Json;
      };
      clave_de: {
        Args: {
          t: string | null;
        };
        Returns: string;
      };
      clave_fonetica: {
        Args: {
          t: string | null;
        };
        Returns: string;
      };
      clonar_nora: {
        Args: {
          p_origen: string | null;
          p: Json | object;
          p_quien: string | null;
        };
        Returns: Json;
      };
      como_patron: {
        Args: {
          t: string | null;
        };
        Returns: string;
      };
      comparar_importacion: {
        Args: {
          p_id: string | null;
          p_desde: number | null;
          p_n: number | null;
        };
        Returns: boolean;
      };
      conciliada_hasta: {
        Args: {
          p_cuenta: string | null;
        };
        Returns: string;
      };
      contactos_de_segmento: {
        Args: {
          p_segmento: string | null;
          p_despues?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      contar_contactos: {
        Args: {
          p_filtro?: Json | object;
          p_tope?: number | null;
        };
        Returns: number;
      };
      conteos_chat: {
        Args: {
          p_usuario: string | null;
        };
        Returns: Json;
      };
      contexto_ia: {
        Args: {
          p_contacto: string | null;
          p_tokens_conocimiento?: number | null;
          p_tokens_historial?: number | null;
        };
        Returns: Json;
      };
      contexto_ia_base: {
        Args: {
          p_contacto: string | null;
          p_tokens_conocimiento?: number | null;
          p_tokens_historial?: number | null;
        };
        Returns: Json;
      };
      contexto_rafaga: {
        Args: {
          p_contacto: string | null;
          p_tokens_conocimiento?: number | null;
          p_tokens_historial?: number | null;
        };
        Returns: Json;
      };
      contextos_ensayo: {
        Args: {
          p: Json | object;
        };
        Returns: Json;
      };
      conversacion_contacto: {
        Args: {
          p_contacto: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      costos_ia: {
        Args: {
          p_dia?: string | null;
        };
        Returns: Json;
      };
      crear_contacto: {
        Args: {
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      crear_enlace: {
        Args: {
          p: Json | object;
          p_quien: string | null;
        };
        Returns: Json;
      };
      crear_importacion: {
        Args: {
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: string;
      };
      crear_importacion_contactos: {
        Args: {
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: string;
      };
      crear_lote_contactos: {
        Args: {
          p_accion: string | null;
          p_valor: Json | object;
          p_filtro: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      crear_nora: {
        Args: {
          p: Json | object;
          p_quien?: string | null;
        };
        Returns: Json;
      };
      credenciales_nora: {
        Args: {
          p_nora: string | null;
        };
        Returns: string;
      };
      datos_variables: {
        Args: {
          p_contacto: string | null;
        };
        Returns: Json;
      };
      demo_ads_guardar: {
        Args: {
          p: Json | object;
        };
        Returns: string;
      };
      demo_ads_leer: {
        Args: {
          p: Json | object;
        };
        Returns: Json;
      };
      descartar_cambio: {
        Args: {
          p_id: string | null;
          p_usuario: string | null;
        };
        Returns: boolean;
      };
      descartar_duplicado: {
        Args: {
          p_a: string | null;
          p_b: string | null;
          p_usuario: string | null;
        };
        Returns: boolean;
      };
      descartar_pregunta: {
        Args: {
          p_id: string | null;
          p_usuario: string | null;
        };
        Returns: boolean;
      };
      deshacer_lote_contactos: {
        Args: {
          p_lote: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      deshacer_union: {
        Args: {
          p_union: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      despertar_pospuestas: {
        Args: {
          p_n?: number | null;
        };
        Returns: Json;
      };
      devolver_contacto: {
        Args: {
          p_contacto: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      duplicados_contacto: {
        Args: {
          p_contacto: string | null;
        };
        Returns: Json;
      };
      editar_importado: {
        Args: {
          p_importacion: string | null;
          p_bloque: string | null;
          p: Json | object;
        };
        Returns: Json;
      };
      editar_programado: {
        Args: {
          p_id: string | null;
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      empezar_importacion_contactos: {
        Args: {
          p_id: string | null;
          p_mapeo: Json | object;
          p_opciones: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      en_palabras: {
        Args: {
          t: string | null;
        };
        Returns: string;
      };
      enviar_humano: {
        Args: {
          p: Json | object;
        };
        Returns: Json;
      };
      enviar_plantilla: {
        Args: {
          p: Json | object;
        };
        Returns: Json;
      };
      envio_aceptado: {
        Args: {
          p_id: string | null;
          p_sid: string | null;
        };
        Returns: boolean;
      };
      envio_rechazado: {
        Args: {
          p_id: string | null;
          p_estado: string | null;
          p_codigo: number | null;
          p_detalle: string | null;
        };
        Returns: boolean;
      };
      equipo_actual: { Args: Record<PropertyKey, never>; Returns: Json };
      estado_base: { Args: Record<PropertyKey, never>; Returns: Json };
      etiquetar_por_ia: {
        Args: {
          p_contacto: string | null;
          p_etiquetas: Json | object;
        };
        Returns: Json;
      };
      etiquetar_por_reglas: {
        Args: {
          p_mensajes: string[] | null;
        };
        Returns: Json;
      };
      etiquetas_para_ia: {
        Args: {
          p_nora: string | null;
        };
        Returns: Json;
      };
      exportar_chat: {
        Args: {
          p_contacto: string | null;
          p_despues?: string | null;
          p_despues_id?: string | null;
          p_n?: number | null;
          p_notas?: boolean | null;
        };
        Returns: Json;
      };
      exportar_contactos: {
        Args: {
          p_filtro?: Json | object;
          p_despues?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      fallo_plantillas: {
        Args: {
          p_nora: string | null;
          p_error: string | null;
        };
        Returns: undefined;
      };
      fila_chat: {
        Args: {
          p_contacto: string | null;
          p_usuario?: string | null;
        };
        Returns: Json;
      };
      filas_importacion_contactos: {
        Args: {
          p_importacion: string | null;
          p_resultado?: string | null;
          p_despues?: number | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      firma_texto: {
        Args: {
          t: string | null;
        };
        Returns: number[];
      };
      fuentes_de: {
        Args: {
          p_mensaje: string | null;
        };
        Returns: Json;
      };
      gastar_codigo: {
        Args: {
          p_usuario: string | null;
          p_huella: string | null;
        };
        Returns: boolean;
      };
      gastar_totp: {
        Args: {
          p_usuario: string | null;
          p_paso: number | null;
        };
        Returns: boolean;
      };
      gemelo_conocimiento: {
        Args: {
          p_contenido: string | null;
          p_excepto?: string | null;
        };
        Returns: Json;
      };
      guardar_ajustes_ia: {
        Args: {
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      guardar_bloque: {
        Args: {
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      guardar_campo: {
        Args: {
          p_id: string | null;
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      guardar_contacto: {
        Args: {
          p_contacto: string | null;
          p_datos: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      guardar_etiqueta: {
        Args: {
          p_id: string | null;
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      guardar_ficha: {
        Args: {
          p_contacto: string | null;
          p: Json | object;
          p_usuario: string | null;
          p_previos?: Json | object;
        };
        Returns: Json;
      };
      guardar_importacion: {
        Args: {
          p_id: string | null;
          p_usuario: string | null;
          p_etiqueta?: string | null;
        };
        Returns: Json;
      };
      guardar_mensajes: {
        Args: {
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: boolean;
      };
      guardar_nota: {
        Args: {
          p_contacto: string | null;
          p_texto: string | null;
          p_usuario: string | null;
          p_nota?: string | null;
        };
        Returns: Json;
      };
      guardar_paquete: {
        Args: {
          p: Json | object;
          p_quien: string | null;
        };
        Returns: string;
      };
      guardar_plantillas: {
        Args: {
          p_nora: string | null;
          p: Json | object;
        };
        Returns: number;
      };
      guardar_prueba: {
        Args: {
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      guardar_rapida: {
        Args: {
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      guardar_regla: {
        Args: {
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      guardar_regla_etiqueta: {
        Args: {
          p_id: string | null;
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      guardar_respuesta: {
        Args: {
          p: Json | object;
        };
        Returns: Json;
      };
      guardar_resultado: {
        Args: {
          p_corrida: string | null;
          p_id: string | null;
          p: Json | object;
        };
        Returns: Json;
      };
      guardar_resumen: {
        Args: {
          p_contacto: string | null;
          p: Json | object;
          p_usuario: string | null;
        };
        Returns: string;
      };
      guardar_rutas_plantilla: {
        Args: {
          p: Json | object;
        };
        Returns: number;
      };
      guardar_segmento: {
        Args: {
          p_id: string | null;
          p_nombre: string | null;
          p_filtro: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      guardar_usuario: {
        Args: {
          p: Json | object;
        };
        Returns: string;
      };
      importar_contactos: {
        Args: {
          p_importacion: string | null;
          p_desde: number | null;
          p_filas: Json | object;
        };
        Returns: Json;
      };
      incluir_importados: {
        Args: {
          p_importacion: string | null;
          p_cuales: string | null;
        };
        Returns: number;
      };
      iniciar_corrida: {
        Args: {
          p_cambio: Json | object;
          p_resumen: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      invitar_actual: {
        Args: {
          p_correo: string | null;
          p_rol: string | null;
          p_huella: string | null;
          p_quien: string | null;
        };
        Returns: Json;
      };
      leer_ajustes_ia: { Args: Record<PropertyKey, never>; Returns: Json };
      leer_lote_contactos: {
        Args: {
          p_lote: string | null;
        };
        Returns: Json;
      };
      leer_tarea: {
        Args: {
          p_nombre: string | null;
        };
        Returns: string;
      };
      limpiar_contactos: { Args: Record<PropertyKey, never>; Returns: undefined };
      linea_contacto: {
        Args: {
          p_contacto: string | null;
          p_clase?: string | null;
          p_antes?: string | null;
          p_antes_id?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      listar_auditoria: {
        Args: {
          p: Json | object;
          p_antes?: string | null;
          p_antes_id?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      listar_borrados: {
        Args: {
          p_antes?: string | null;
          p_antes_id?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      listar_chats: {
        Args: {
          p_filtro?: string | null;
          p_etiqueta?: string | null;
          p_q?: string | null;
          p_usuario?: string | null;
          p_antes?: string | null;
          p_antes_id?: string | null;
          p_n?: number | null;
          p_segmento?: string | null;
        };
        Returns: Json;
      };
      listar_conocimiento: {
        Args: {
          p: Json | object;
        };
        Returns: Json;
      };
      listar_contactos: {
        Args: {
          p_filtro?: Json | object;
          p_orden?: string | null;
          p_antes?: string | null;
          p_antes_id?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      listar_duplicados: {
        Args: {
          p_n?: number | null;
        };
        Returns: Json;
      };
      listar_errores: {
        Args: {
          p: Json | object;
          p_antes?: string | null;
          p_antes_id?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      listar_etiquetas: { Args: Record<PropertyKey, never>; Returns: Json };
      listar_mensajes: {
        Args: {
          p_contacto: string | null;
          p_antes?: string | null;
          p_antes_id?: string | null;
          p_despues?: string | null;
          p_despues_id?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      listar_noras: {
        Args: {
          p_q?: string | null;
          p_desde?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      listar_plantillas: { Args: Record<PropertyKey, never>; Returns: Json };
      listar_programados: {
        Args: {
          p_antes?: string | null;
          p_antes_id?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      listar_pruebas: { Args: Record<PropertyKey, never>; Returns: Json };
      listar_reglas: { Args: Record<PropertyKey, never>; Returns: Json };
      listar_usuarios: {
        Args: {
          p_q?: string | null;
          p_desde?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      marcar_conciliada: {
        Args: {
          p_cuenta: string | null;
          p_al_dia: string | null;
        };
        Returns: undefined;
      };
      marcar_leido: {
        Args: {
          p_contacto: string | null;
        };
        Returns: boolean;
      };
      marcar_no_leido: {
        Args: {
          p_contacto: string | null;
        };
        Returns: boolean;
      };
      marcar_tarea: {
        Args: {
          p_nombre: string | null;
        };
        Returns: string;
      };
      matriz_modulos: {
        Args: {
          p_q?: string | null;
          p_desde?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      media_borrada: {
        Args: {
          p_nora: string | null;
          p_ids: Json | object;
        };
        Returns: number;
      };
      mensajes_faltantes: {
        Args: {
          p_nora: string | null;
          p: Json | object;
        };
        Returns: Json;
      };
      mensajes_por_id: {
        Args: {
          p_contacto: string | null;
          p_ids: Json | object;
        };
        Returns: Json;
      };
      nora_actual: { Args: Record<PropertyKey, never>; Returns: string };
      noras_con_credenciales: {
        Args: {
          p_desde?: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      noras_con_retencion: { Args: Record<PropertyKey, never>; Returns: Json };
      olvidar_foto: {
        Args: {
          p_id: string | null;
        };
        Returns: string;
      };
      panel_inicio: {
        Args: {
          p_usuario: string | null;
        };
        Returns: Json;
      };
      pedir_borrado: {
        Args: {
          p_nora: string | null;
          p_quien: string | null;
        };
        Returns: boolean;
      };
      poner_credenciales: {
        Args: {
          p_nora: string | null;
          p_cifrado: string | null;
          p_sena: string | null;
          p_quien: string | null;
          p_misma_cuenta?: boolean | null;
        };
        Returns: boolean;
      };
      poner_etiqueta_ficha: {
        Args: {
          p_contacto: string | null;
          p_nombre: string | null;
          p_usuario: string | null;
          p_color?: string | null;
        };
        Returns: Json;
      };
      posponer_contacto: {
        Args: {
          p_contacto: string | null;
          p_cuando: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      pregunta_sin_respuesta: {
        Args: {
          p_id: string | null;
        };
        Returns: Json;
      };
      preguntas_sin_respuesta: {
        Args: {
          p_n?: number | null;
        };
        Returns: Json;
      };
      probar_reglas: {
        Args: {
          p_texto: string | null;
          p_momento?: string | null;
        };
        Returns: Json;
      };
      probar_reglas_etiquetas: {
        Args: {
          p_texto: string | null;
        };
        Returns: Json;
      };
      programar_mensaje: {
        Args: {
          p: Json | object;
        };
        Returns: Json;
      };
      publicar_cambio: {
        Args: {
          p_id: string | null;
          p_usuario: string | null;
          p_confirmado?: boolean | null;
        };
        Returns: Json;
      };
      quitar_etiqueta_ficha: {
        Args: {
          p_contacto: string | null;
          p_nombre: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      reabrir_contacto: {
        Args: {
          p_contacto: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      recibir_lote: {
        Args: {
          p: Json | object;
          p_espera_ms: number | null;
          p_espera_candado: boolean | null;
        };
        Returns: Json;
      };
      recibir_mensajes: {
        Args: {
          p: Json | object;
          p_espera_ms?: number | null;
          p_espera_candado?: boolean | null;
        };
        Returns: Json;
      };
      recibir_por_fila: {
        Args: {
          p: Json | object;
          p_espera_ms: number | null;
          p_espera_candado: boolean | null;
        };
        Returns: Json;
      };
      reclamar_adjuntos: {
        Args: {
          p_n: number | null;
          p_arriendo_ms?: number | null;
        };
        Returns: Json;
      };
      reclamar_turnos: {
        Args: {
          p_carril: string | null;
          p_max: number | null;
          p_por_nora: number | null;
          p_desde?: string | null;
          p_arriendo_ms?: number | null;
          p_noras?: number | null;
        };
        Returns: Json;
      };
      recuperar_clave: {
        Args: {
          p_huella: string | null;
          p_clave_hash: string | null;
        };
        Returns: Json;
      };
      registrar_error: {
        Args: {
          p_tipo: string | null;
          p_descripcion: string | null;
          p_nora?: string | null;
          p_origen?: string | null;
        };
        Returns: string;
      };
      registrar_estados: {
        Args: {
          p: Json | object;
          p_huerfanos?: boolean | null;
        };
        Returns: Json;
      };
      regla_para: {
        Args: {
          p_nora: string | null;
          p_textos: string[] | null;
        };
        Returns: Json;
      };
      regresar_lote_contactos: {
        Args: {
          p_lote: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      reintentar_corrida: {
        Args: {
          p_id: string | null;
        };
        Returns: Json;
      };
      reintentar_envio: {
        Args: {
          p_mensaje: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      rendirse: {
        Args: {
          p_contacto: string | null;
          p_ficha: string | null;
          p_error: string | null;
        };
        Returns: string;
      };
      renovar_turnos: {
        Args: {
          p: Json | object;
          p_arriendo_ms?: number | null;
        };
        Returns: Json;
      };
      reponer_mensajes: {
        Args: {
          p: Json | object;
          p_espera_ms: number | null;
        };
        Returns: Json;
      };
      reprogramar_turno: {
        Args: {
          p_contacto: string | null;
          p_carril: string | null;
          p_ficha: string | null;
          p_ms: number | null;
          p_error: string | null;
        };
        Returns: boolean;
      };
      resolver_contacto: {
        Args: {
          p_contacto: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      resolver_errores: {
        Args: {
          p_ids: Json | object;
          p_resuelto: boolean | null;
          p_quien: string | null;
        };
        Returns: number;
      };
      restaurar_bloque: {
        Args: {
          p_id: string | null;
          p_version: number | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      restaurar_borrados: {
        Args: {
          p_ids: Json | object;
          p_usuario: string | null;
        };
        Returns: number;
      };
      resumen_de: {
        Args: {
          p_texto: string | null;
          p_tipo: string | null;
        };
        Returns: string;
      };
      retencion_ensayo: {
        Args: {
          p_nora: string | null;
          p_mensajes: number | null;
          p_media: number | null;
        };
        Returns: Json;
      };
      retencion_media: {
        Args: {
          p_nora: string | null;
          p_dias: number | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      retencion_mensajes: {
        Args: {
          p_nora: string | null;
          p_dias: number | null;
          p_n?: number | null;
        };
        Returns: number;
      };
      revisar_incidentes: {
        Args: {
          p_rotas?: Json | object;
        };
        Returns: Json;
      };
      rutas_borradas: {
        Args: {
          p_rutas: Json | object;
        };
        Returns: undefined;
      };
      rutas_por_borrar: {
        Args: {
          p_n?: number | null;
        };
        Returns: Json;
      };
      sacar_programados: {
        Args: {
          p_n?: number | null;
        };
        Returns: Json;
      };
      sembrar_demo: {
        Args: {
          p: Json | object;
        };
        Returns: boolean;
      };
      siguiente_envio: {
        Args: {
          p_contacto: string | null;
          p_ficha: string | null;
          p_arriendo_ms?: number | null;
        };
        Returns: Json;
      };
      sin_acentos: {
        Args: {
          t: string | null;
        };
        Returns: string;
      };
      sin_mensajes: { Args: Record<PropertyKey, never>; Returns: string };
      soltar_adjuntos: {
        Args: {
          p_n?: number | null;
        };
        Returns: Json;
      };
      sumar_ensayo: {
        Args: {
          p: Json | object;
        };
        Returns: undefined;
      };
      terminar_turno: {
        Args: {
          p_contacto: string | null;
          p_carril: string | null;
          p_ficha: string | null;
          p_vuelta: number | null;
        };
        Returns: string;
      };
      terminos_consulta: {
        Args: {
          p_consulta: string | null;
        };
        Returns: {
          lexema: string;
          formas: string[];
        }[];
      };
      tokens_de: {
        Args: {
          t: string | null;
        };
        Returns: number;
      };
      tomar_contacto: {
        Args: {
          p_contacto: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      tomar_corrida: {
        Args: {
          p_id: string | null;
        };
        Returns: Json;
      };
      tomar_importacion_contactos: {
        Args: {
          p_id: string | null;
        };
        Returns: Json;
      };
      unir_contactos: {
        Args: {
          p_destino: string | null;
          p_origen: string | null;
          p_elegidos: Json | object;
          p_usuario: string | null;
        };
        Returns: Json;
      };
      unir_etiquetas: {
        Args: {
          p_de: string | null;
          p_a: string | null;
          p_usuario: string | null;
        };
        Returns: Json;
      };
    };
    Enums: { [_ in never]: never };
    CompositeTypes: { [_ in never]: never };
  };
};
