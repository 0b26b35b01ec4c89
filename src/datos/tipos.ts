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
      configuracion_bot: {
        Row: {
          activo: boolean;
          created_at: string;
          credenciales_twilio: string | null;
          foto_perfil: string | null;
          horario: Json;
          ia_activa: boolean;
          id: string;
          instrucciones: string | null;
          mensaje_bienvenida: string | null;
          mensaje_fuera_horario: string | null;
          modelo_ia: string | null;
          modo_respuesta: string;
          nombre_nora: string;
          nombre_visible: string;
          numero_nora: string | null;
          personalidad: string | null;
          reanudar_ia_horas: number;
          tope_tokens_dia: number;
          updated_at: string;
          zona_horaria: string;
        };
        Insert: {
          activo?: boolean;
          created_at?: string;
          credenciales_twilio?: string | null;
          foto_perfil?: string | null;
          horario?: Json;
          ia_activa?: boolean;
          id?: string;
          instrucciones?: string | null;
          mensaje_bienvenida?: string | null;
          mensaje_fuera_horario?: string | null;
          modelo_ia?: string | null;
          modo_respuesta?: string;
          nombre_nora: string;
          nombre_visible: string;
          numero_nora?: string | null;
          personalidad?: string | null;
          reanudar_ia_horas?: number;
          tope_tokens_dia?: number;
          updated_at?: string;
          zona_horaria?: string;
        };
        Update: {
          activo?: boolean;
          created_at?: string;
          credenciales_twilio?: string | null;
          foto_perfil?: string | null;
          horario?: Json;
          ia_activa?: boolean;
          id?: string;
          instrucciones?: string | null;
          mensaje_bienvenida?: string | null;
          mensaje_fuera_horario?: string | null;
          modelo_ia?: string | null;
          modo_respuesta?: string;
          nombre_nora?: string;
          nombre_visible?: string;
          numero_nora?: string | null;
          personalidad?: string | null;
          reanudar_ia_horas?: number;
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
          huella: string | null;
          id: string;
          nombre_nora: string;
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
      contactos: {
        Row: {
          acepta_envios: boolean | null;
          atendido_por: string | null;
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
          reciente_autor: string | null;
          telefono: string | null;
          ultimo_mensaje: string;
          updated_at: string;
          ventana_hasta: string | null;
        };
        Insert: {
          acepta_envios?: boolean | null;
          atendido_por?: string | null;
          bienvenida_en?: string | null;
          bloqueado?: boolean;
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
          reciente_autor?: string | null;
          telefono?: string | null;
          ultimo_mensaje?: string;
          updated_at?: string;
          ventana_hasta?: string | null;
        };
        Update: {
          acepta_envios?: boolean | null;
          atendido_por?: string | null;
          bienvenida_en?: string | null;
          bloqueado?: boolean;
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
          reciente_autor?: string | null;
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
          id: string;
          nombre: string;
          nombre_nora: string;
        };
        Insert: {
          color?: string;
          created_at?: string;
          id?: string;
          nombre: string;
          nombre_nora: string;
        };
        Update: {
          color?: string;
          created_at?: string;
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
      logs_errores: {
        Row: {
          descripcion: string;
          fecha_hora: string;
          huella: string;
          id: string;
          nombre_nora: string | null;
          origen: string | null;
          primera_vez: string;
          resuelto: boolean;
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
          resuelto?: boolean;
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
          resuelto?: boolean;
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
      meta_ads_cuentas: {
        Row: {
          access_token: string | null;
          activo: boolean;
          ad_account_id: string;
          cliente_id: string | null;
          created_at: string;
          estado_conexion: string;
          id: string;
          moneda: string | null;
          nombre: string | null;
          nombre_nora: string;
          page_id: string | null;
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
          created_at?: string;
          estado_conexion?: string;
          id?: string;
          moneda?: string | null;
          nombre?: string | null;
          nombre_nora: string;
          page_id?: string | null;
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
          created_at?: string;
          estado_conexion?: string;
          id?: string;
          moneda?: string | null;
          nombre?: string | null;
          nombre_nora?: string;
          page_id?: string | null;
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
      respuestas_automaticas: {
        Row: {
          activo: boolean;
          coincidencia: string;
          created_at: string;
          disparador: string;
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
          coincidencia: string;
          created_at?: string;
          disparador: string;
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
          coincidencia?: string;
          created_at?: string;
          disparador?: string;
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
      resumen_dia: {
        Row: {
          automaticas: number;
          dia: string;
          fallidos: number;
          humanos: number;
          ia: number;
          nombre_nora: string;
          recibidos: number;
        };
        Insert: {
          automaticas: number;
          dia: string;
          fallidos: number;
          humanos: number;
          ia: number;
          nombre_nora: string;
          recibidos: number;
        };
        Update: {
          automaticas?: number;
          dia?: string;
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
      usuarios: {
        Row: {
          activo: boolean;
          clave_hash: string;
          correo: string;
          created_at: string;
          id: string;
          nombre: string;
          rol: string;
          ultimo_acceso: string | null;
          updated_at: string;
        };
        Insert: {
          activo?: boolean;
          clave_hash: string;
          correo: string;
          created_at?: string;
          id?: string;
          nombre: string;
          rol: string;
          ultimo_acceso?: string | null;
          updated_at?: string;
        };
        Update: {
          activo?: boolean;
          clave_hash?: string;
          correo?: string;
          created_at?: string;
          id?: string;
          nombre?: string;
          rol?: string;
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
      abrir_chat: {
        Args: {
          p_contacto: string | null;
          p_n?: number | null;
        };
        Returns: Json;
      };
      actualizar_nora: {
        Args: {
          p_nora: string | null;
          p: Json | object;
          p_quien?: string | null;
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
      alternar_ia: {
        Args: {
          p_contacto: string | null;
          p_activa: boolean | null;
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
      borrar_errores_viejos: {
        Args: {
          p_dias?: number | null;
        };
        Returns: number;
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
      cambiar_modulo: {
        Args: {
          p_nora: string | null;
          p_modulo: string | null;
          p_activo: boolean | null;
          p_quien?: string | null;
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
      cerrar_dias: {
        Args: {
          p_desde?: string | null;
          p_n?: number | null;
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
      como_patron: {
        Args: {
          t: string | null;
        };
        Returns: string;
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
      devolver_contacto: {
        Args: {
          p_contacto: string | null;
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
      fila_chat: {
        Args: {
          p_contacto: string | null;
          p_usuario?: string | null;
        };
        Returns: Json;
      };
      fuentes_de: {
        Args: {
          p_mensaje: string | null;
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
      guardar_respuesta: {
        Args: {
          p: Json | object;
        };
        Returns: Json;
      };
      guardar_rutas_plantilla: {
        Args: {
          p: Json | object;
        };
        Returns: number;
      };
      guardar_usuario: {
        Args: {
          p: Json | object;
        };
        Returns: string;
      };
      leer_tarea: {
        Args: {
          p_nombre: string | null;
        };
        Returns: string;
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
        };
        Returns: Json;
      };
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
      panel_inicio: {
        Args: {
          p_usuario: string | null;
        };
        Returns: Json;
      };
      poner_etiqueta: {
        Args: {
          p_contacto: string | null;
          p_nombre: string | null;
          p_color?: string | null;
        };
        Returns: Json;
      };
      quitar_etiqueta: {
        Args: {
          p_contacto: string | null;
          p_nombre: string | null;
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
      resumen_de: {
        Args: {
          p_texto: string | null;
          p_tipo: string | null;
        };
        Returns: string;
      };
      sembrar_demo: {
        Args: {
          p: Json | object;
        };
        Returns: boolean;
      };
      sids_faltantes: {
        Args: {
          p_nora: string | null;
          p_sids: Json | object;
        };
        Returns: Json;
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
    };
    Enums: { [_ in never]: never };
    CompositeTypes: { [_ in never]: never };
  };
};
